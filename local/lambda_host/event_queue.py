"""Asynchronous invocations: accepted at once, run later, tried again twice after a failure, as Lambda does.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from local.lambda_host.function import Outcome, ThrottledError

RETRY_DELAYS_SECONDS = (1.0, 2.0)  # Lambda waits one and two minutes; nobody at a desk does
THROTTLE_DELAY_SECONDS = 0.2
WORKERS = 16


class EventQueue:
    """Runs events through `invoke` in a bounded number of threads."""

    def __init__(self, invoke: Callable[[str, bytes], Outcome]) -> None:
        self._invoke = invoke
        self._stopping = threading.Event()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="event")

    def put(self, function_name: str, payload: bytes) -> None:
        """Returns at once; events that wait when the queue stops are dropped."""
        self._workers.submit(self._run, function_name, payload)

    def stop(self) -> None:
        self._stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(self, function_name: str, payload: bytes) -> None:
        for delay in (*RETRY_DELAYS_SECONDS, None):
            outcome = self._unthrottled(function_name, payload)
            if outcome is None or outcome.error is None or delay is None or self._stopping.wait(delay):
                return

    def _unthrottled(self, function_name: str, payload: bytes) -> Outcome | None:
        while not self._stopping.is_set():
            try:
                return self._invoke(function_name, payload)
            except ThrottledError:
                self._stopping.wait(THROTTLE_DELAY_SECONDS)
        return None
