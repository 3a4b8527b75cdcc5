"""A gated write that takes no time."""

from typing import Any

from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """What was written, and under which key."""
    return {"written": arguments["text"], "key": call.idempotency_key}
