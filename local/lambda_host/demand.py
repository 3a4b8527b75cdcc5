"""Whether another process of a function is worth its start, or the ones that are up serve the queue sooner.

A start takes a whole CPU for longer than most functions run. In a burst of short invocations it takes that CPU from
the very processes that would be done with the queue first.
"""

import time
from collections import deque

REMEMBERED = 50
PATIENCE_SECONDS = 0.5
"""About what a start takes on an idle machine. On a busy one it takes longer, and helps nobody sooner."""


class Demand:
    """How long one function runs and starts. Its owner's lock guards it."""

    def __init__(self) -> None:
        self._runs: deque[float] = deque(maxlen=REMEMBERED)
        self._start = PATIENCE_SECONDS
        self._last_end = 0.0

    def ran(self, seconds: float, *, first: bool) -> None:
        """A run has ended. The `first` of a process says little of the others: it makes the connections."""
        if not first:
            self._runs.append(seconds)
        self._last_end = time.monotonic()

    def started(self, seconds: float) -> None:
        self._start = seconds

    def worth_a_start(self, *, waiting: int, ready: int, starting: int, since: float) -> bool:
        """Whether a start is done before the queue is, or the queue has not moved for about as long as a start takes.

        `since`, of the monotonic clock, is when the one who asks came to wait. What counts of the last runs is the
        shortest: the others were slow because the machine was busy, and one more process makes no machine faster. A
        function that itself waits for something has no short runs. At most as many start as are ready, so the number
        doubles with each start's time: as fast as the CPUs of a laptop can start them anyway.
        """
        if starting >= max(1, ready):
            return False
        if ready == 0:
            return True
        if time.monotonic() - max(since, self._last_end) >= min(self._start, PATIENCE_SECONDS):
            return True
        return bool(self._runs) and waiting * min(self._runs) / (ready + starting) > self._start
