"""The file `agent.yaml`: an agent is data only."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.execution import Limits
from tollgate.models.tool import NAME_PATTERN


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelChoice(_File):
    """Which model, by alias; the stage's settings map the alias to a provider and an id."""

    alias: str = "reasoning"
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_output_tokens: int = Field(default=2048, ge=1, le=64_000)


class ScopeRule(_File):
    """A condition over `{"input": ..., "principal": ...}` as a JSON Schema; `message` is what the requester reads."""

    when: dict[str, Any]
    message: str


class Scope(_File):
    """`refuse`: any rule that holds rejects. `require`: every rule must hold. Free text never allows."""

    refuse: list[ScopeRule] = []
    require: list[ScopeRule] = []


class ApprovalRule(_File):
    """More people for more authority: holds when every named argument is above its bound."""

    tool: str
    above: dict[str, float] = {}
    quorum: int = Field(default=1, ge=1, le=10)
    approvers: list[str] | None = None


class Approvals(_File):
    """Who may decide, how many of them, and for how long the question stands."""

    approvers: list[str] = Field(
        default=[], description="`user:<principal id>`, `role:<name>`, `slack:<U...>`; empty: any person of the tenant."
    )
    quorum: int = Field(default=1, ge=1, le=10)
    rules: list[ApprovalRule] = []
    timeout_seconds: int = Field(default=86_400, ge=1, le=2_592_000)
    escalate_to: list[str] = []
    requester_may_approve: bool = False


class Waiver(_File):
    """Lets an `approval: auto` effect of this agent run unasked while policy agrees. Dated, owned, reasoned."""

    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    review_by: date
    below: dict[str, float] = Field(
        default={}, description="The waiver holds only while each named argument is below its bound."
    )


class Memory(_File):
    """`window`: turns kept word for word; older ones are summarised."""

    window: int | None = Field(default=None, ge=1, le=200)
    episodes: int | None = Field(default=None, ge=0, le=20)
    knowledge: str | None = None


class Agent(_File):
    """An agent's definition with every default applied."""

    schema_version: Literal[1]
    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    description: str = Field(min_length=1, max_length=4000)
    model: ModelChoice
    limits: Limits
    input_schema: dict[str, Any] = Field(
        description="Every field is a document unless it says `x-tollgate-origin: instruction`."
    )
    output_schema: dict[str, Any] = Field(description="The final answer must satisfy it.")
    scope: Scope = Scope()
    approvals: Approvals = Approvals()
    waivers: dict[str, Waiver] = {}
    memory: Memory = Memory()
    personal_fields: list[str] = Field(default=[], description="JSON Pointers; redacted outside the journal.")
    admission: Literal["reject", "flag"] = Field(
        default="reject", description="What the injection tripwire does when it fires."
    )
    tools: list[str]
