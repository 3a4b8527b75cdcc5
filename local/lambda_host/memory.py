"""Holds processes to their function's memory size, as Lambda does: over it, the process is killed."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

POLL_SECONDS = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Watched(Protocol):
    """A process with a memory size."""

    passed_memory: bool

    @property
    def limit_bytes(self) -> int: ...

    def resident_bytes(self) -> int: ...

    def kill(self) -> None: ...


class MemoryWatch:
    """Polls the resident size of every process. Only Linux tells it; elsewhere nothing is killed."""

    def __init__(self, processes: Callable[[], Iterable[Watched]]) -> None:
        self._processes = processes
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="memory-watch", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            for process in self._processes():
                if process.resident_bytes() > process.limit_bytes:
                    process.passed_memory = True
                    process.kill()


def resident_bytes(process_id: int) -> int:
    """Memory that the process holds now; 0 where the system does not tell or the process is gone."""
    try:
        with open(f"/proc/{process_id}/statm", "rb", buffering=0) as file:  # asked 20 times a second of every process
            pages = file.read(256).split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * _PAGE_BYTES


def peak_bytes(process_id: int) -> int:
    """The most memory that the process held so far; 0 where the system does not tell or the process is gone."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
