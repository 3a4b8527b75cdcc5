"""One breaker per tool over all executions: a tool that is down is not waited for, and one caller at a time tries it.

State machine and probe are aws-lambda-powertools'; how often a tool failed in a row is counted over all processes, see
`breaker_state`, so powertools hears of a failure only when it is one too many.
"""

from collections.abc import Callable
from functools import cached_property

from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, circuit_breaker
from aws_lambda_powertools.utilities.circuit_breaker.exceptions import CircuitBreakerOpenError

from tollgate.errors import CallUnfinishedError, ToolTimeoutError, ToolTransientError, ToolUnavailableError
from tollgate.tool_runtime.attempts import Attempts
from tollgate.tool_runtime.breaker_state import BreakerState
from tollgate.tool_runtime.recording import Ended

FAILURES = 10
"""Failed calls in a row, of any processes, that open the breaker; each had all its attempts, or its process died."""

RECOVERY_SECONDS = 30
_DOWN = (ToolTransientError, ToolUnavailableError, ToolTimeoutError)
"""What says that the tool is down, not that the call was wrong."""


class _TooManyError(Exception):
    """Carries the end of a failed call past the breaker, which opens at once."""

    def __init__(self, end: Ended | CallUnfinishedError) -> None:
        super().__init__()
        self.end = end


class Breaker:
    """The breaker of one tool in this process."""

    def __init__(self, tool: str, table: str, *, failures: int = FAILURES, recovery_seconds: int = RECOVERY_SECONDS):
        self._tool = tool
        self._table = table
        self._failures = failures
        self._config = CircuitBreakerConfig(
            failure_threshold=1,
            recovery_timeout=recovery_seconds,
            success_threshold=1,
            handled_exceptions=(_TooManyError,),
            local_cache_max_age=1,
        )

    def guard(self, attempts: Attempts, *, verify_first: bool) -> Ended:
        """The attempts' end, or at once a failure that says since when the tool is down.

        A call that an earlier process began is finished whatever the breaker says; that it died counts as a failure.
        """
        if verify_first:
            return self._finished(attempts)
        try:
            return _unpacked(self._protected(attempts))
        except _TooManyError as error:
            return _unpacked(error.end)
        except CircuitBreakerOpenError:
            return self._refused(attempts)

    def _finished(self, attempts: Attempts) -> Ended:
        self._state.failed()
        end = attempts.run(verify_first=True)
        if not _is_down(end):
            self._state.succeeded()
        return end

    def _refused(self, attempts: Attempts) -> Ended:
        return attempts.refused(
            ToolUnavailableError(
                f"{self._tool} was not started: it failed many times in a row, in this or other executions; "
                f"it is tried again every {self._config.recovery_timeout} seconds. Go on without it."
            )
        )

    @cached_property
    def _protected(self) -> Callable[[Attempts], Ended | CallUnfinishedError]:
        @circuit_breaker(name=self._tool, persistence_store=self._state, config=self._config)
        def run(attempts: Attempts) -> Ended | CallUnfinishedError:
            return self._counted(attempts)

        guarded: Callable[[Attempts], Ended | CallUnfinishedError] = run
        return guarded

    def _counted(self, attempts: Attempts) -> Ended | CallUnfinishedError:
        """Raises `_TooManyError` for the failure that opens the breaker; one failed probe is enough.

        Processes that died could only be counted afterwards, so that the call after the last of them opens it.
        """
        probes = not self._state.is_closed()
        if not probes and self._state.known_failures >= self._failures:
            raise _TooManyError(self._refused(attempts))
        try:
            end: Ended | CallUnfinishedError = attempts.run(verify_first=False)
        except CallUnfinishedError as error:
            end = error
        if not _is_down(end):
            self._state.succeeded()
        elif probes or self._state.failed() >= self._failures:
            raise _TooManyError(end)
        return end

    @cached_property
    def _state(self) -> BreakerState:
        return BreakerState(self._tool, self._table)


def _is_down(end: Ended | CallUnfinishedError) -> bool:
    return isinstance(end, CallUnfinishedError) or isinstance(end.error, _DOWN)


def _unpacked(end: Ended | CallUnfinishedError) -> Ended:
    """The end, raised where it is an error that leaves the call to a person."""
    if isinstance(end, CallUnfinishedError):
        raise end
    return end
