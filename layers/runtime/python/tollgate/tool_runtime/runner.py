"""How the tools of one kind are run. The wrapper owns ledger, retries, timeout and output; a runner only runs."""

from typing import Any, Protocol

from tollgate.tool_runtime.tool_call import ToolCall


class Runner(Protocol):
    """One kind of tool."""

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """Starts the effect and returns a JSON value. Errors as a handler raises them."""
        ...

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        """What an earlier attempt achieved, or None for "not done"."""
        ...
