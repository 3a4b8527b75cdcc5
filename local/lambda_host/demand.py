"""Whether another process of a function is worth its start, or the ones that are up serve the queue sooner.

A start takes a whole CPU for longer than most functions run. In a burst of short invocations it takes that CPU from
the very processes that would be done with the queue first.
"""

from collections import deque

REMEMBERED = 50


class Demand:
    """How long one function runs and starts. Its owner's lock guards it."""

    def __init__(self) -> None:
        self._runs: deque[float] = deque(maxlen=REMEMBERED)
        self._start: float | None = None

    def ran(self, seconds: float) -> None:
        self._runs.append(seconds)

    def started(self, seconds: float) -> None:
        self._start = seconds

    def worth_a_start(self, *, waiting: int, processes: int, waited: float) -> bool:
        """Whether a start is done before the queue is, or before the one who asks has waited as long as it takes.

        What counts is the shortest of the last runs: the others were slow because the machine was busy, and one more
        process makes no machine faster. A function that itself waits for something has no short runs.
        """
        if processes == 0 or self._start is None or not self._runs:
            return True
        return waited >= self._start or waiting * min(self._runs) / processes > self._start
