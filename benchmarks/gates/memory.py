"""How much memory the stack's processes hold together: its own, and every function's."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from local.stack import LocalStack

EVERY_SECONDS = 0.5
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Looks twice a second from `__enter__` to `__exit__`, and keeps the most."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack, self._stopping = stack, threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        self.peak_megabytes = self.peak_processes = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def now(self) -> int:
        """Resident megabytes of all processes; what they share is counted in each."""
        return round(sum(map(_resident_bytes, [os.getpid(), *self._stack.process_ids])) / 1e6)

    def own(self) -> int:
        """The same of the stack's own process: interpreter, tables, HTTP."""
        return round(_resident_bytes(os.getpid()) / 1e6)

    def _look(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            self.peak_megabytes = max(self.peak_megabytes, self.now())
            self.peak_processes = max(self.peak_processes, len(self._stack.process_ids))


def _resident_bytes(process_id: int) -> int:
    with suppress(OSError):  # it may just have ended
        return int(Path(f"/proc/{process_id}/statm").read_text().split()[1]) * _PAGE
    return 0
