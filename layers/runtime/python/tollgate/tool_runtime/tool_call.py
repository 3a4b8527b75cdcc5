"""What a tool's handler is told about the call it serves, and the one word it may put into the ledger itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tollgate.models.principal import Principal


@dataclass(frozen=True)
class ToolCall:
    """One start of one call.

    `idempotency_key` is the same over attempts, retries and redrives; `attempt` starts at 1 and counts every start.
    Of a longer result than `output_limit_bytes` the model reads a cut.
    """

    execution_id: str
    call_id: str
    attempt: int
    idempotency_key: str
    principal: Principal
    output_limit_bytes: int
    _remaining: Callable[[], float]
    _record: Callable[[Any], dict[str, Any]]

    def remaining_seconds(self) -> float:
        """Until this call is cut off."""
        return max(0.0, self._remaining())

    def done_in_transaction(self, result: Any) -> dict[str, Any]:
        """The record that this call is done with `result`, as one entry of `TransactWriteItems`, in wire format.

        The transaction that holds it together with the effect happens once or not at all: it is cancelled as a whole
        when another attempt has the call by now. The wrapper writes nothing after it. Let its errors through: the
        wrapper looks at the record, and not at the error. Raises `ToolOutputError` for what is no JSON.
        """
        return self._record(result)
