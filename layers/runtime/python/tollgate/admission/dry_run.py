"""`tollgate admit`: one JSON line in, one JSON line out, with no store and no model."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tollgate.admission.checks.input_size import MAX_BYTES
from tollgate.admission.engine import admit
from tollgate.definitions.registry import ToolEntry
from tollgate.errors import InvalidError
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.screening import strict_json

LINE_BYTES = 4 * MAX_BYTES
"""Larger than any input that is admitted, so that a too large one gets its verdict."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    input: dict[str, Any]
    principal: Principal


def answers(agent: Agent, tools: Mapping[str, ToolEntry], lines: Iterable[str]) -> Iterator[str]:
    """One answer for each line, in order, as soon as it is there; a bad line gets its error and the next goes on."""
    return (answer(agent, tools, line) for line in lines)


def answer(agent: Agent, tools: Mapping[str, ToolEntry], line: str) -> str:
    """The verdict on one line, or `{"error": ...}` that says what is wrong with the line. Never raises."""
    try:
        asked = _Line.model_validate(strict_json.loads(line, max_bytes=LINE_BYTES))
    except (InvalidError, ValidationError) as error:
        return json.dumps({"error": strict_json.told(error)}, ensure_ascii=False)
    found = admit(agent, tools, asked.input, asked.principal)
    reasons = [reason.model_dump() for reason in found.reasons]
    return json.dumps({"verdict": found.verdict, "reasons": reasons}, ensure_ascii=False)
