"""A question to a person about one call, and the answers to it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason

ApprovalStatus = Literal["pending", "approved", "rejected", "edited", "expired", "revoked"]
DecisionKind = Literal["approve", "reject", "edit"]


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
        description="`user:<id>`, `role:<name>` or `slack:<id>`; empty: any person of the tenant."
    )
    quorum: int = 1
    requester_may_approve: bool = False
    created_at: float
    expires_at: float
    escalated: bool = False
    decisions: list[Decision] = []

    def __repr__(self) -> str:
        return f"Approval({self.approval_id}, {self.tool}, {self.status})"


class Decider(BaseModel):
    """Who decides: the mapped principal, and the Slack id if they came through Slack."""

    model_config = ConfigDict(frozen=True)

    principal: Principal
    slack_id: str | None = None
    any_role: bool = Field(default=False, description="Stage local only: the role `*` stands for every role.")
