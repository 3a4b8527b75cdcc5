"""Journalled turns for rules that look back: what was called in a step, and what came of it."""

from typing import Any

from tollgate.conversation import Turn
from tollgate.models.message import ModelResponse, ToolUseBlock, Usage


def did(tool: str, result: Any = "same", *, error: str | None = None, ran: bool = True, **arguments: Any) -> Any:
    """One call and its result; `ran` False for a call that was refused."""
    return tool, arguments, {"result": result, "error": error, "ran": ran}


def history(*steps: Any) -> list[Turn]:
    """Turns from step 1; each entry is a call or a list of calls of one turn."""
    return [_turn(number, step if isinstance(step, list) else [step]) for number, step in enumerate(steps, 1)]


def _turn(step: int, calls: list[Any]) -> Turn:
    uses = [
        ToolUseBlock(tool_use_id=f"u{step}-{index}", name=tool, arguments=arguments)
        for index, (tool, arguments, _) in enumerate(calls)
    ]
    response = ModelResponse(content=list(uses), stop_reason="tool_use", usage=Usage(), provider="p", model="m")
    return Turn(step, response, {f"c{index}": _result(call) for index, call in enumerate(calls)})


def _result(call: Any) -> dict[str, Any]:
    tool, arguments, came = call
    failed = came["error"] is not None
    return {
        "by": tool,
        "arguments": arguments if came["ran"] else None,
        "ok": not failed,
        "value": None if failed else came["result"],
        "error": came["error"],
        "message": came["result"] if failed else None,
        "text": "text",
    }
