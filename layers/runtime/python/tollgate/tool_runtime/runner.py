"""How the tools of one kind are run. The wrapper owns ledger, retries, timeout and output; a runner only runs."""

from typing import Any, Protocol

from tollgate.errors import CallUnfinishedError, TollgateError, ToolTransientError
from tollgate.models.tool import Tool
from tollgate.tool_runtime.tool_call import ToolCall


class Runner(Protocol):
    """One kind of tool."""

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """Starts the effect and returns a JSON value. Errors as a handler raises them."""
        ...

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        """What an earlier attempt achieved, or None for "not done"."""
        ...


def unknown(error: TollgateError) -> TollgateError:
    """The error of a call whose effect may have happened all the same; it says so itself."""
    error.effect_unknown = True
    return error


def answer_lost(manifest: Tool, message: str, retry_after_seconds: float | None = None) -> Exception:
    """The error for a request that was sent and not answered: again where `on_retry` allows it, else a person."""
    if not manifest.is_effect:
        return ToolTransientError(message, retry_after_seconds)
    if manifest.retry_policy in ("idempotent", "keyed"):
        return unknown(ToolTransientError(f"{message}; its effect may have happened", retry_after_seconds))
    return CallUnfinishedError(f"{message}; whether its effect happened is unknown")
