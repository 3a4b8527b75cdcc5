"""`tollgate screen`: one JSON line in, one JSON line out, with no store and no model."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tollgate.clock import SystemClock
from tollgate.definitions.registry import ToolEntry
from tollgate.errors import InvalidError
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.screening import strict_json
from tollgate.screening.case import PastCall, Proposed, Request, Standing
from tollgate.screening.engine import screen

LINE_BYTES = 64_000_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Request(_Part):
    instruction: str = ""
    documents: dict[str, str] = {}
    principal: Principal


class _Past(_Part):
    tool: str
    arguments: dict[str, Any] = {}
    output: Any = None
    edited: bool = False
    ok: bool = True


class _Call(_Part):
    name: str
    arguments: Any = None


class _Line(_Part):
    request: _Request
    history: list[_Past] = []
    call: _Call


def answers(
    agent: Agent, tools: Mapping[str, ToolEntry], lines: Iterable[str], today: date | None = None
) -> Iterator[str]:
    """One answer for each line, in order, as soon as it is there; a bad line gets its error and the next goes on.

    `today` is what waivers are held against; by default the day in UTC.
    """
    day = today or datetime.fromtimestamp(SystemClock().now(), UTC).date()
    return (answer(agent, tools, line, day) for line in lines)


def answer(agent: Agent, tools: Mapping[str, ToolEntry], line: str, today: date) -> str:
    """The verdict on one line, or `{"error": ...}` that says what is wrong with the line. Never raises."""
    try:
        document = strict_json.loads_marking(line, max_bytes=LINE_BYTES)
        asked, malformed = _Line.model_validate(document), _malformed(document)
    except (InvalidError, ValidationError) as error:
        return json.dumps({"error": strict_json.told(error)}, ensure_ascii=False)
    request = Request((asked.request.instruction,), asked.request.documents, asked.request.principal)
    history = [PastCall(**past.model_dump()) for past in asked.history]
    call = Proposed(asked.call.name, asked.call.arguments, malformed)
    ruling = screen(agent, tools, request, history, call, Standing(today=today))
    said = {
        "verdict": ruling.verdict,
        "reasons": [reason.model_dump() for reason in ruling.reasons],
        "message_to_model": ruling.message_to_model,
    }
    return json.dumps(said, ensure_ascii=False)


def _malformed(document: dict[str, Any]) -> str | None:
    """What is wrong with the call as it was written. Raises `InvalidError` where the rest of the line is ambiguous."""
    if strict_json.is_repeated({**document, "call": None}) or isinstance(document, strict_json.Repeated):
        raise InvalidError("a key is there twice; readers disagree which one counts, so write it once")
    return "a key is there twice" if strict_json.is_repeated(document["call"]) else None
