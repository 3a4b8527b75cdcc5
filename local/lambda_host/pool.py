"""The processes of one function: a warm one is reused, a parallel invocation gets another, an idle one is ended.

Whoever waits for an answer goes before an event that nobody waits for: Lambda has room for both, a laptop has not.
"""

import json
import threading
import time
import uuid

from local.lambda_host.demand import Demand
from local.lambda_host.environment import Platform
from local.lambda_host.function import FunctionSpec, Outcome, ThrottledError
from local.lambda_host.function_log import FunctionLog
from local.lambda_host.memory import peak_bytes
from local.lambda_host.process import FunctionProcess, NotDeliveredError
from local.lambda_host.runtime_api import Invocation

TURN_SECONDS = 0.02
"""So often whoever waits for a process asks whether one more may be started."""


class _Line:
    """Invocations that wait for a process. The pool's lock guards it."""

    def __init__(self, lock: threading.Lock) -> None:
        self.freed = threading.Condition(lock)
        self.waiting = 0


class FunctionPool:
    """At most `reserved_concurrency` invocations run at once; `starting` bounds how many processes start at once."""

    def __init__(
        self, spec: FunctionSpec, platform: Platform, log: FunctionLog, starting: threading.BoundedSemaphore
    ) -> None:
        self.spec = spec
        self._platform = platform
        self._log = log
        self._starting = starting
        self._lock = threading.Lock()
        self._callers, self._events = _Line(self._lock), _Line(self._lock)
        self._demand = Demand()
        self._idle: list[FunctionProcess] = []
        self._processes: set[FunctionProcess] = set()
        self._starts = 0
        self._running = 0
        self._stopped = False

    def invoke(self, payload: bytes, client_context: str | None = None, *, awaited: bool = True) -> Outcome:
        """Runs one event in one process; the context is JSON. Raises `ThrottledError` at the function's cap."""
        request_id = str(uuid.uuid4())
        self._enter()
        try:
            line = self._callers if awaited else self._events
            return self._run(Invocation(request_id, payload, client_context), line)
        finally:
            self._leave()

    def prewarm(self) -> None:
        """Starts one process ahead of the first event; a failing start shows itself at that event."""
        self._starting.acquire()
        with self._lock:
            self._starts += 1
        try:
            process, failure = self._bring_up("prewarm")
        except ThrottledError:
            return  # the stack is stopping, so nobody will need it
        if failure:
            self._forget(process)
        else:
            self._release(process)

    def processes(self) -> list[FunctionProcess]:
        """The live ones."""
        with self._lock:
            return [process for process in self._processes if not process.dead.is_set()]

    def reap(self, idle_seconds: float) -> None:
        """Ends the processes that had nothing to do for that long."""
        oldest = time.monotonic() - idle_seconds
        with self._lock:
            expired = [process for process in self._idle if process.idle_since < oldest or process.dead.is_set()]
            self._idle = [process for process in self._idle if process not in expired]
        for process in expired:
            process.kill()
            self._forget(process)

    def stop(self) -> None:
        """Kills every process; an invocation under way ends as `Runtime.ExitError`."""
        with self._lock:
            self._stopped = True
            processes = list(self._processes)
        for process in processes:
            process.kill()
        self._log.close()

    def _enter(self) -> None:
        with self._lock:
            cap = self.spec.reserved_concurrency
            if self._stopped or (cap is not None and self._running >= cap):
                raise ThrottledError(f"{self.spec.name}: {self._running} invocations are running, its cap is {cap}")
            self._running += 1

    def _leave(self) -> None:
        with self._lock:
            self._running -= 1

    def _run(self, invocation: Invocation, line: _Line) -> Outcome:
        while True:
            process = self._warm_or_turn(line)
            if process is None:
                return self._run_cold(invocation)
            try:
                return self._run_in(process, invocation)
            except NotDeliveredError:
                self._forget(process)

    def _warm_or_turn(self, line: _Line) -> FunctionProcess | None:
        """A warm process, or None and the right to start one: whichever comes first.

        So a burst of short invocations is served by the few processes that are up, not by one process each.
        """
        began = time.monotonic()
        with self._lock:
            line.waiting += 1
            try:
                while True:
                    if line is self._callers or not self._callers.waiting:
                        if process := self._warm():
                            return process
                        if self._worth_a_start(began) and self._starting.acquire(blocking=False):
                            self._starts += 1
                            return None
                    line.freed.wait(TURN_SECONDS)
            finally:
                line.waiting -= 1

    def _worth_a_start(self, since: float) -> bool:
        waiting = self._callers.waiting + self._events.waiting
        ready = sum(process.ready for process in self._processes)
        return self._demand.worth_a_start(waiting=waiting, ready=ready, starting=self._starts, since=since)

    def _bring_up(self, request_id: str) -> tuple[FunctionProcess, Outcome | None]:
        """A new process, or how its start failed; the right to start is used up. Raises `ThrottledError`."""
        began = time.monotonic()
        try:
            process = self._start()
            failure = process.await_ready(request_id)
        finally:
            with self._lock:
                self._starts -= 1
                self._demand.started(time.monotonic() - began)
            self._starting.release()
        return process, failure

    def _run_cold(self, invocation: Invocation) -> Outcome:
        process, failure = self._bring_up(invocation.request_id)
        if failure:
            self._forget(process)
            self._log.start(invocation.request_id)
            self._report(process, invocation, 0.0, failure)
            return failure
        try:
            return self._run_in(process, invocation)
        except NotDeliveredError:
            self._forget(process)
            return process.end_of(invocation.request_id)

    def _run_in(self, process: FunctionProcess, invocation: Invocation) -> Outcome:
        self._log.start(invocation.request_id)
        started, first = time.monotonic(), not process.has_run
        outcome = process.invoke(invocation)
        seconds = time.monotonic() - started
        self._report(process, invocation, seconds, outcome)
        with self._lock:
            self._demand.ran(seconds, first=first)
        if process.dead.is_set():
            self._forget(process)
        else:
            self._release(process)
        return outcome

    def _report(self, process: FunctionProcess, invocation: Invocation, seconds: float, outcome: Outcome) -> None:
        error_type = _error_type(outcome) if outcome.error else None
        peak = peak_bytes(process.process_id)
        self._log.end(invocation.request_id, seconds, self.spec.memory_mb, peak, error_type)

    def _warm(self) -> FunctionProcess | None:
        while self._idle:
            process = self._idle.pop()  # the last one used: the others grow old and are reaped
            if not process.dead.is_set():
                return process
            self._processes.discard(process)
        return None

    def _start(self) -> FunctionProcess:
        with self._lock:  # held while the process is made, so that `stop` misses none
            if self._stopped:
                raise ThrottledError(f"{self.spec.name}: the local stack is stopping")
            process = FunctionProcess(self.spec, self._platform, self._log)
            self._processes.add(process)
        return process

    def _release(self, process: FunctionProcess) -> None:
        with self._lock:
            self._idle.append(process)
            self._wake_one()

    def _forget(self, process: FunctionProcess) -> None:
        with self._lock:
            self._processes.discard(process)
            self._wake_one()

    def _wake_one(self) -> None:
        (self._callers if self._callers.waiting else self._events).freed.notify()


def _error_type(outcome: Outcome) -> str:
    return str(json.loads(outcome.payload).get("errorType", "Unhandled"))
