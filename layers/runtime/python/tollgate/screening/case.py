"""What a rule is given and what it may answer. Plain data; no rule, no store, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.call_limits import CallLimits
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.models.verdict import CallVerdict, Reason
from tollgate.screening import bounds, sinks
from tollgate.screening.person_edit import Proposal
from tollgate.screening.sinks import Value

if TYPE_CHECKING:
    from tollgate.screening.evidence import Evidence

Decided = Literal["approved", "edited"]


@dataclass(frozen=True)
class Request:
    """What was asked for. `instructions` were typed by the principal; `documents` may be hostile, by name."""

    instructions: tuple[str, ...]
    documents: Mapping[str, str]
    principal: Principal

    @property
    def vouching(self) -> tuple[str, ...]:
        """The instructions that may vouch for an argument: a person's, never a service's."""
        return self.instructions if self.principal.kind == "person" else ()


@dataclass(frozen=True)
class PastCall:
    """A call that ran. What failed (`ok` False) vouches for nothing, and neither does a person's edit (`edited`)."""

    tool: str
    arguments: Mapping[str, Any]
    output: Any = None
    edited: bool = False
    ok: bool = True


@dataclass(frozen=True)
class Proposed:
    """The call at hand. `malformed` holds the raw text where the provider delivered something that is not JSON."""

    name: str
    arguments: Any
    malformed: str | None = None


@dataclass(frozen=True)
class Count:
    """How often the principal had the tool called in the stretch of its rate, without this call.

    `held`: this call has a place of its own, which no other call can take.
    """

    others: int
    held: bool = False


@dataclass(frozen=True)
class Standing:
    """How the execution stands: what the tables say at this moment. The defaults are those of a fresh execution.

    `refused` holds `sinks.refusal_key` of every call that a person refused. `edited_from` holds the
    arguments that the model had proposed, where a person edited the call at hand. `position` is the call's place in its
    turn, from 0. `repetition` is what `tollgate.repetition` says about the call. `now` is an instant with its time
    zone. `count` is None where nobody counted: a tool with a rate is then refused. `external` is what checks outside of
    us said about the call, by rule.
    """

    now: datetime
    untrusted: bool = False
    refused: frozenset[str] = frozenset()
    approvals_asked: int = 0
    decided: Decided | None = None
    edited_from: Mapping[str, Any] | None = None
    position: int = 0
    repetition: Literal["run", "refuse", "stop"] = "run"
    count: Count | None = None
    external: "tuple[tuple[str, Opinion], ...]" = ()

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.now.astimezone(UTC).date()


@dataclass(frozen=True)
class Case:
    """One call with all that may be known about it. `tool` is None where the agent has no tool of that name."""

    agent: Agent
    tools: Mapping[str, ToolEntry]
    request: Request
    evidence: "Evidence"
    call: Proposed
    standing: Standing

    @cached_property
    def tool(self) -> Tool | None:
        """The manifest, if the agent lists the tool."""
        entry = self.tools.get(self.call.name) if self.call.name in self.agent.tools else None
        return entry.manifest if entry else None

    @cached_property
    def values(self) -> dict[str, list[Value]]:
        """Argument -> its scalars, without what the manifest itself decides."""
        tool = self.tool
        return {name: sinks.values(tool, name, self.arguments) for name in self.arguments} if tool else {}

    @cached_property
    def proposal(self) -> Proposal | None:
        """What the model had proposed, where a person edited the call."""
        before = self.standing.edited_from
        return None if before is None else Proposal(before)

    @cached_property
    def groups(self) -> list[list[Value]]:
        """The sink groups that the call fills."""
        return sinks.grouped(self.tool, self.values, self.arguments) if self.tool else []

    @cached_property
    def out_of_bounds(self) -> str | None:
        """What is wrong with the arguments before any schema is asked."""
        return bounds.problem(self.call.arguments)

    @cached_property
    def effect(self) -> Tool | None:
        """The manifest, if the call would have an effect."""
        tool = self.tool
        return tool if tool is not None and tool.is_effect else None

    @property
    def limits(self) -> CallLimits | None:
        """The agent's bounds on calls of the tool, if it has any."""
        return self.agent.call_limits.get(self.call.name)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments, or none where they are no object (`malformed_call` refuses those)."""
        return self.call.arguments if isinstance(self.call.arguments, dict) else {}


@dataclass(frozen=True)
class Opinion:
    """One rule's word. `to_model` tells the model what it may do instead."""

    verdict: CallVerdict
    reason: Reason | None = None
    to_model: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


RUN = Opinion("run")


def ask(rule: str, message: str, **details: Any) -> Opinion:
    """A person has to look at the call."""
    return Opinion("ask", Reason(rule=rule, message=message, **details))


def refuse(rule: str, message: str, to_model: str, **details: Any) -> Opinion:
    """Nobody can let the call through; `to_model` says what to propose instead."""
    return Opinion("refuse", Reason(rule=rule, message=message, **details), to_model)
