"""A read that takes no time, so that only the way to it and back is measured."""

from typing import Any

from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The entry of that number."""
    return {"number": arguments["number"], "text": f"entry {arguments['number']}"}
