"""A bound on the seconds of one call, enforced inside the tool's own process, before Lambda's and the machine's."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

GRACE_SECONDS = 10.0
"""A call that cannot be interrupted (a C extension that never returns) ends its process this long after its timeout."""

AGAIN_SECONDS = 0.5
EXIT_CODE = 70


class CallTimedOut(BaseException):  # not an error of the tool's: `except Exception` must not swallow it
    """Raised in the handler's own thread when its time is over."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises `CallTimedOut` inside the block after `seconds`, again and again until the block is left.

    Nothing is raised once the block is left: a late alarm must not keep the watchdog from being called off.
    """
    inside = True

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if inside:
            raise CallTimedOut

    watchdog = threading.Timer(seconds + GRACE_SECONDS, os._exit, args=(EXIT_CODE,))
    watchdog.daemon = True
    previous = signal.signal(signal.SIGALRM, interrupt)
    watchdog.start()
    try:  # the alarm is set within: it may go off before the block is even entered
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        try:
            yield
        finally:
            inside = False
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        watchdog.cancel()
