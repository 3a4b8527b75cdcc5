"""What a tool's handler is told about the call it serves."""

from collections.abc import Callable
from dataclasses import dataclass

from tollgate.models.principal import Principal


@dataclass(frozen=True)
class ToolCall:
    """One start of one call.

    `idempotency_key` is the same over attempts, retries and redrives; `attempt` starts at 1 and counts every start.
    """

    execution_id: str
    call_id: str
    attempt: int
    idempotency_key: str
    principal: Principal
    _remaining: Callable[[], float]

    def remaining_seconds(self) -> float:
        """Until this call is cut off."""
        return max(0.0, self._remaining())
