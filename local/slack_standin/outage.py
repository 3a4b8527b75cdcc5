"""Slack having a bad day, on demand: the next calls of a method get what is planned for them."""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outage:
    """One answer in place of the real one."""

    status: int = 200
    body: bytes = b'{"ok": false, "error": "internal_error"}'
    headers: dict[str, str] = field(default_factory=dict)


class Outages:
    """Planned answers by method, used up in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: defaultdict[str, deque[Outage]] = defaultdict(deque)

    def plan(self, method: str, *outages: Outage) -> None:
        """The next calls of the method get these answers."""
        with self._lock:
            self._planned[method].extend(outages)

    def take(self, method: str) -> Outage | None:
        """The answer planned for this call, or None."""
        with self._lock:
            return self._planned[method].popleft() if self._planned[method] else None
