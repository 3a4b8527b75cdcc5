"""`tollgate screen`: one JSON line in, one JSON line out, with no store and no model."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, ValidationError

from tollgate.clock import SystemClock
from tollgate.definitions.registry import ToolEntry
from tollgate.errors import InvalidError
from tollgate.models.agent import Agent
from tollgate.offered import widened
from tollgate.screening import line, strict_json
from tollgate.screening.case import Count, Opinion, PastCall, Proposed, Request, Standing
from tollgate.screening.engine import screen
from tollgate.tool_runtime.output import overflows

LINE_BYTES = 64_000_000


class _Request(line.Part):
    instruction: line.Text = ""
    documents: line.Object = {}
    principal: line.Asker


class _Past(line.Part):
    tool: str
    arguments: line.Object = {}
    output: Any = None
    edited: bool = False
    ok: bool = True
    error: Any = None

    @property
    def call(self) -> PastCall:
        """A call with an error failed, whatever else stands there."""
        return PastCall(self.tool, self.arguments, self.output, self.edited, self.ok and not self.error)


class _Call(line.Part):
    name: str
    arguments: Any = None


class _Line(line.Part):
    request: _Request
    history: Annotated[list[_Past], BeforeValidator(lambda given: [] if given is None else given)] = []
    call: _Call
    now: AwareDatetime | None = None


Hear = Callable[[Proposed], tuple[tuple[str, Opinion], ...]]
"""Asks external checks about a call; a dry run asks none unless it is told to."""


def answers(
    agent: Agent,
    tools: Mapping[str, ToolEntry],
    lines: Iterable[str | bytes],
    now: datetime | None = None,
    hear: Hear = lambda call: (),
    builtin: Mapping[str, ToolEntry] = MappingProxyType({}),
) -> Iterator[str]:
    """One answer for each line, in order, as soon as it is there; a bad line is refused and the next goes on.

    `now` is what waivers and hours are held against, unless a line says `now` itself; by default the clock's.
    `builtin` are Tollgate's own tools, which an agent has once a result was shown cut.
    """
    moment = now or datetime.fromtimestamp(SystemClock().now(), UTC)
    return (answer(agent, tools, text, moment, hear, builtin) for text in lines)


def answer(
    agent: Agent,
    tools: Mapping[str, ToolEntry],
    text: str | bytes,
    now: datetime,
    hear: Hear = lambda call: (),
    builtin: Mapping[str, ToolEntry] = MappingProxyType({}),
) -> str:
    """The verdict on one line; a line that cannot be judged is refused with what is wrong with it. Never raises."""
    try:
        return line.written(_verdict(agent, tools, text, now, hear, builtin))
    except (InvalidError, ValidationError) as error:
        said = strict_json.told(error)
    except Exception as error:  # a dry run that ends in the middle would leave the rest without an answer
        said = f"the line could not be judged ({type(error).__name__})"
    return line.written({"verdict": "refuse", "reasons": line.malformed(said), "message_to_model": None})


def _verdict(
    agent: Agent,
    tools: Mapping[str, ToolEntry],
    text: str | bytes,
    now: datetime,
    hear: Hear,
    builtin: Mapping[str, ToolEntry],
) -> dict[str, Any]:
    document = strict_json.loads_marking(text, max_bytes=LINE_BYTES)
    asked, malformed = _Line.model_validate(document), _malformed(document)
    documents = {name: line.as_text(value) for name, value in asked.request.documents.items()}
    request = Request((asked.request.instruction,), documents, asked.request.principal.principal)
    history = [past.call for past in asked.history]
    if asked.call.name in builtin and any(_was_cut(past, tools, builtin) for past in history):
        tools = {**tools, **builtin}
        agent = widened(agent, [*agent.tools, *builtin])
    call = Proposed(asked.call.name, asked.call.arguments, malformed)
    standing = Standing(now=asked.now or now, count=Count(sum(past.tool == call.name for past in history)))
    ruling = screen(agent, tools, request, history, call, standing)
    external = hear(call) if ruling.verdict != "refuse" else ()
    if external:
        ruling = screen(agent, tools, request, history, call, replace(standing, external=external))
    return {
        "verdict": ruling.verdict,
        "reasons": [reason.model_dump() for reason in ruling.reasons],
        "message_to_model": ruling.message_to_model,
    }


def _was_cut(past: PastCall, tools: Mapping[str, ToolEntry], builtin: Mapping[str, ToolEntry]) -> bool:
    """Whether the model saw a part of what came back; who read on in a result, had been shown a cut one."""
    entry = tools.get(past.tool)
    return past.tool in builtin or (entry is not None and overflows(past.output, entry.manifest.output_limit_tokens))


def _malformed(document: dict[str, Any]) -> str | None:
    """What is wrong with the call as it was written. Raises `InvalidError` where the rest of the line is ambiguous."""
    if strict_json.is_repeated({**document, "call": None}) or isinstance(document, strict_json.Repeated):
        raise InvalidError("a key is there twice; readers disagree which one counts, so write it once")
    return "a key is there twice" if strict_json.is_repeated(document["call"]) else None
