"""A question to a person about one call, and the answers to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason

ApprovalStatus = Literal["pending", "approved", "rejected", "edited", "expired", "revoked"]
DecisionKind = Literal["approve", "reject", "edit"]
Delivery = Literal["pending", "delivered", "nobody_waits"]
"""Whether the machine knows: not yet, yes, or it had stopped waiting before it could be told."""


class Source(BaseModel):
    """Where a word came from. `address` is who connected to us: for Slack that is Slack, and `slack_user` the person.

    The door `cli` and the `client` are what the caller says of itself; all else the platform vouches for.
    """

    model_config = ConfigDict(frozen=True)

    door: Literal["api", "cli", "slack", "machine"]
    address: str | None = None
    client: str | None = None
    slack_user: str | None = None
    slack_team: str | None = None


class Decision(BaseModel):
    """One person's word, with the fingerprint that they saw. `at` is epoch seconds, `via` the door it came through."""

    model_config = ConfigDict(frozen=True)

    decision: DecisionKind
    by: str
    at: float
    fingerprint: str
    reason: str | None = None
    arguments: dict[str, Any] | None = None
    via: Literal["api", "slack"]
    slack_user: str | None = None


class Approval(BaseModel):
    """What is shown, what may be decided, and who decided what."""

    model_config = ConfigDict(frozen=True)

    approval_id: str
    execution_id: str
    agent: str
    tenant: str
    requester: str
    tool: str
    step: int
    call_id: str
    effect: str
    summary: str
    arguments: dict[str, Any]
    argument_schema: dict[str, Any]
    origins: dict[str, Any]
    reasons: list[Reason]
    sinks: list[str] = Field(default=[], description="Arguments that carry authority: shown first and never cut.")
    cost: str = Field(default="", description="What the execution had spent of its limits when it asked.")
    fingerprint: str
    status: ApprovalStatus = "pending"
    approvers: list[str] = Field(
        description="`user:<id>`, `role:<name>`, `slack:<U...>`, `slack_group:<S...>`; empty: any person of the tenant."
    )
    quorum: int = 1
    requester_may_approve: bool = False
    created_at: float
    expires_at: float
    remind_at: list[float] = Field(default=[], description="When those who may decide are reminded, epoch seconds.")
    escalated: bool = False
    personal: bool = Field(default=False, description="Whether the agent declares personal fields.")
    hidden: list[str] = Field(default=[], description="Arguments that this copy shows masked; the original has none.")
    decisions: list[Decision] = []
    delivery: Delivery | None = Field(default=None, description="None until somebody decided.")
    card: tuple[str, str] | None = Field(
        default=None, exclude=True, description="Channel and time stamp of its card, where a write has just told them."
    )

    @property
    def missing(self) -> int:
        """How many other people must still agree; the same person twice is one."""
        return self.quorum - len({decision.by for decision in self.decisions})

    def __repr__(self) -> str:
        return f"Approval({self.approval_id}, {self.tool}, {self.status})"


def in_no_group(group: str) -> bool:
    """Where nobody can ask Slack."""
    return False


@dataclass(frozen=True)
class Decider:
    """Who decides: the mapped principal, every Slack id the table gives them, and the door they came through.

    `member_of` says whether one of those ids is in a Slack user group; it may ask Slack, and raise `SlackError`.
    """

    principal: Principal
    slack_ids: frozenset[str] = frozenset()
    any_role: bool = False
    """Stage local only: the role `*` stands for every role."""
    source: Source = field(default_factory=lambda: Source(door="api"))
    member_of: Callable[[str], bool] = field(default=in_no_group, compare=False, repr=False)
