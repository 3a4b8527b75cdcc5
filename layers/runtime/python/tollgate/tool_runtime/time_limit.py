"""A bound on the seconds of one call, enforced inside the tool's own process, before Lambda's and the machine's."""

import contextlib
import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_log = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
"""A call that cannot be interrupted (a C extension that never returns) ends its process this long after its timeout."""

LAST_SECONDS = 3.0
"""And this long after that it is ended from outside Python: by then it is code that never lets another thread run."""

AGAIN_SECONDS = 0.5
EXIT_CODE = 70
_STDERR = 2


class CallTimedOut(BaseException):  # not an error of the tool's: `except Exception` must not swallow it
    """Raised in the handler's own thread when its time is over."""


@contextlib.contextmanager
def time_limit(seconds: float, stuck: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Raises `CallTimedOut` inside the block after `seconds`, again and again until the block is left.

    Nothing is raised once the block is left: a late alarm must not keep the watchdog from being called off.
    `stuck` is called, in another thread, before the process of a block is ended that could not be interrupted.
    """
    inside = True

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if inside:
            raise CallTimedOut

    watchdog = threading.Timer(seconds + GRACE_SECONDS, _end_process, args=(stuck,))
    watchdog.daemon = True
    previous = signal.signal(signal.SIGALRM, interrupt)
    watchdog.start()
    faulthandler.dump_traceback_later(seconds + GRACE_SECONDS + LAST_SECONDS, exit=True, file=_STDERR)
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
        faulthandler.cancel_dump_traceback_later()


def _end_process(stuck: Callable[[], None]) -> None:
    try:
        stuck()
    except Exception as error:
        _log.warning("how a stuck call ended was not recorded", extra={"error": type(error).__name__})
    finally:
        os._exit(EXIT_CODE)
