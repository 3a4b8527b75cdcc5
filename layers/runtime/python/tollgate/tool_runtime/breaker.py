"""One breaker per tool over all executions: a tool that is down is not waited for, and one caller at a time tries it.

The state is an item of the ledger's table under a key that no tool's name can make (`BREAKER#<tool>`), kept by
aws-lambda-powertools. Failures in a row are counted in each process; only a change of state is written.
"""

from collections.abc import Callable
from functools import cached_property

from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, circuit_breaker
from aws_lambda_powertools.utilities.circuit_breaker.exceptions import CircuitBreakerOpenError
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from tollgate.errors import CallUnfinishedError, ToolTimeoutError, ToolTransientError, ToolUnavailableError
from tollgate.store.dynamodb import client
from tollgate.tool_runtime.attempts import Attempts
from tollgate.tool_runtime.recording import Ended

FAILURES = 10
"""Failed calls in a row that open the breaker; each had all its attempts."""

RECOVERY_SECONDS = 30
_DOWN = (ToolTransientError, ToolUnavailableError, ToolTimeoutError)
"""What says that the tool is down, not that the call was wrong."""


class _DownError(Exception):
    """Carries the end of a failed call past the breaker, which counts exceptions."""

    def __init__(self, ended: Ended) -> None:
        super().__init__()
        self.ended = ended


class Breaker:
    """The breaker of one tool in this process."""

    def __init__(self, tool: str, table: str, *, failures: int = FAILURES, recovery_seconds: int = RECOVERY_SECONDS):
        self._tool = tool
        self._table = table
        self._config = CircuitBreakerConfig(
            failure_threshold=failures,
            recovery_timeout=recovery_seconds,
            success_threshold=1,
            handled_exceptions=(_DownError, CallUnfinishedError),
            local_cache_max_age=1,
        )

    def guard(self, attempts: Attempts, *, verify_first: bool) -> Ended:
        """The attempts' end, or at once a failure that says since when the tool is down.

        A call that an earlier process began is finished whatever the breaker says.
        """
        if verify_first:
            return attempts.run(verify_first=True)
        try:
            return self._protected(attempts)
        except _DownError as down:
            return down.ended
        except CircuitBreakerOpenError:
            return attempts.refused(
                ToolUnavailableError(
                    f"{self._tool} was not started: it failed many times in a row, in this or other executions; "
                    f"it is tried again every {self._config.recovery_timeout} seconds. Go on without it."
                )
            )

    @cached_property
    def _protected(self) -> Callable[[Attempts], Ended]:
        @circuit_breaker(name=self._tool, persistence_store=self._store, config=self._config)
        def run(attempts: Attempts) -> Ended:
            ended = attempts.run(verify_first=False)
            if isinstance(ended.error, _DOWN):
                raise _DownError(ended)
            return ended

        guarded: Callable[[Attempts], Ended] = run
        return guarded

    @cached_property
    def _store(self) -> CircuitBreakerDynamoDBPersistence:
        return CircuitBreakerDynamoDBPersistence(
            table_name=self._table,
            key_attr="tool_execution",
            sort_key_attr="step_call",
            static_pk_value=f"BREAKER#{self._tool}",
            expiry_attr="expires_at",
            boto3_client=client(),
        )
