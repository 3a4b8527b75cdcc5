"""An answer with its request and what its tools returned, to be screened."""

from typing import Any

from tollgate.answer.case import AnswerCase
from tollgate.conversation import Turn
from tollgate.models.message import ModelResponse, ToolUseBlock, Usage
from tollgate.screening.case import PastCall, Request
from tollgate.screening.evidence import Evidence

from tests.unit.screening_cases import PERSON, TOOLS, agent


def turn(step: int, tool: str, output: Any, **result: Any) -> Turn:
    """A step with one call that ran."""
    response = ModelResponse(
        content=[ToolUseBlock(tool_use_id="u", name=tool, arguments={})],
        stop_reason="tool_use",
        usage=Usage(),
        provider="test",
        model="test",
    )
    body = {"value": output, "ok": True, "edited": False, "arguments": {}, **result}
    return Turn(step, response, {"c0": body})


def case(
    answer: Any,
    *,
    asked: str = "",
    documents: dict[str, str] | None = None,
    instructions: str = "Work in the shop.",
    history: list[PastCall] | None = None,
    turns: list[Turn] | None = None,
    principal: Any = PERSON,
    **settings: Any,
) -> AnswerCase:
    """One answer. `history` may vouch for hosts, `turns` is what tools returned; `settings` are the agent's."""
    request = Request((asked,), documents or {}, principal)
    past = history or []
    seen = turns or [turn(step, call.tool, call.output) for step, call in enumerate(past, start=1)]
    return AnswerCase(agent(answer=settings), instructions, answer, Evidence(request, TOOLS, past), seen)
