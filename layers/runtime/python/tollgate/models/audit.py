"""One line of the audit: who did what to which question, when, and from where. Written once, never changed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.approval import DecisionKind, Source

AuditKind = Literal["requested", "decided", "escalated", "expired", "revoked", "refused"]


class AuditEntry(BaseModel):
    """`at` is epoch seconds. What a kind does not have is None: nobody expires a question, it expires."""

    model_config = ConfigDict(frozen=True)

    entry: str = Field(description="Unique within the approval, and sorted by time.")
    approval_id: str
    tenant: str
    execution_id: str
    agent: str
    tool: str
    step: int
    call_id: str
    kind: AuditKind
    at: float
    fingerprint: str = Field(description="What was asked; for a decision and a refusal, what the person named.")
    by: str | None = Field(default=None, description="The principal; None for the machine and for an unknown person.")
    decision: DecisionKind | None = None
    outcome: str = Field(description="What the approval became by this, or for a refusal the error's name.")
    reason: str | None = Field(default=None, description="A person's own words, or why it was refused.")
    arguments_digest: str | None = Field(default=None, description="Of the edited arguments; the approval holds them.")
    source: Source
