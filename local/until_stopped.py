"""Waits for the person or the system to say stop."""

import signal
import threading
from types import FrameType


def until_stopped() -> None:
    """Returns after Ctrl-C or SIGTERM; for the main thread only, as signals are."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        # A wait without a limit would keep the signal's handler from running on some platforms.
        while not stopped.wait(0.5):
            pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
