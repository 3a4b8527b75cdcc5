"""`tollgate admit`: one JSON line in, one JSON line out, with no store and no model."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from tollgate.admission.case import Finding
from tollgate.admission.checks.input_size import MAX_BYTES
from tollgate.admission.engine import admit
from tollgate.definitions.registry import ToolEntry
from tollgate.errors import InvalidError
from tollgate.models.agent import Agent
from tollgate.screening import line, strict_json

LINE_BYTES = 4 * MAX_BYTES
"""Larger than any input that is admitted, so that a too large one gets its verdict."""


class _Line(line.Part):
    input: dict[str, Any]
    principal: line.Asker


Hear = Callable[[dict[str, Any]], list[Finding]]
"""Asks external checks about a cleaned input; a dry run asks none unless it is told to."""


def answers(
    agent: Agent, tools: Mapping[str, ToolEntry], lines: Iterable[str | bytes], hear: Hear = lambda cleaned: []
) -> Iterator[str]:
    """One answer for each line, in order, as soon as it is there; a bad line is rejected and the next goes on."""
    return (answer(agent, tools, text, hear) for text in lines)


def answer(agent: Agent, tools: Mapping[str, ToolEntry], text: str | bytes, hear: Hear = lambda cleaned: []) -> str:
    """The verdict on one line; a line that cannot be judged is rejected with what is wrong with it. Never raises."""
    try:
        return line.written(_verdict(agent, tools, text, hear))
    except (InvalidError, ValidationError) as error:
        said = strict_json.told(error)
    except Exception as error:  # a dry run that ends in the middle would leave the rest without an answer
        said = f"the line could not be judged ({type(error).__name__})"
    return line.written({"verdict": "reject", "reasons": line.malformed(said)})


def _verdict(agent: Agent, tools: Mapping[str, ToolEntry], text: str | bytes, hear: Hear) -> dict[str, Any]:
    asked = _Line.model_validate(strict_json.loads(text, max_bytes=LINE_BYTES))
    found = admit(agent, tools, asked.input, asked.principal.principal)
    if found.verdict != "reject":
        found = found.joined(hear(found.cleaned_input))
    return {"verdict": found.verdict, "reasons": [reason.model_dump() for reason in found.reasons]}
