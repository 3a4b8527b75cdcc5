"""A bound on the seconds that the rules of one screening take, so that one that never ends is one that fails.

Rules are pure and linear; this is for the one that, against all tests, is not. It works where signals do, in the main
thread, as in every Lambda function; a rule that even an alarm cannot interrupt ends with its process, and nothing runs.
"""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Self

SECONDS = 10.0
"""For all rules together: a thousand times what the longest admitted request takes."""

AGAIN_SECONDS = 0.5
"""What each further rule gets once the time is over."""


class RuleTimedOut(BaseException):  # not an error of the rule's: its own `except Exception` must not swallow it
    """Raised in the middle of a rule when the time is over."""


class Deadline:
    """Raises `RuleTimedOut` while `watching` is true and the time is over. An alarm that was set before goes on."""

    def __init__(self) -> None:
        self.watching = False
        self._armed = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Self:
        if self._armed:
            self._handler = signal.signal(signal.SIGALRM, self._interrupt)
            self._before = signal.setitimer(signal.ITIMER_REAL, SECONDS, AGAIN_SECONDS)
            self._since = time.monotonic()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.watching = False
        if not self._armed:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        left, interval = self._before
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - self._since)), interval)

    def _interrupt(self, signum: int, frame: FrameType | None) -> None:
        if self.watching:
            raise RuleTimedOut
