"""The file `agent.yaml`: an agent is data only."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.call_limits import CallLimits
from tollgate.models.check import MAX_CHECKS, AnswerScreening, Check
from tollgate.models.execution import Limits
from tollgate.models.tool import NAME_PATTERN

PERSONAL_FIELDS = (
    "JSON Pointers into the input and into every tool's output, or, with a tool's name first, into that tool's output; "
    "`*` is any key or index. What stands there is masked everywhere but in the journal and for the model."
)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelChoice(_File):
    """Which model, by alias; the stage's settings map the alias to a provider and an id."""

    alias: str = Field(default="reasoning", description="A model alias of the stage in cdk.json.")
    fallback: str | None = Field(
        default=None, description="Another alias; asked in the same step when the first one fails or throttles."
    )
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 for the most repeatable answers.")
    max_output_tokens: int = Field(default=2048, ge=1, le=64_000, description="Of one answer.")


class ScopeRule(_File):
    """A condition over `{"input": ..., "principal": ...}` as a JSON Schema; `message` is what the requester reads."""

    when: dict[str, Any] = Field(description="A JSON Schema over the input and the principal.")
    message: str = Field(description="What the requester reads.")


class Scope(_File):
    """`refuse`: any rule that holds rejects. `require`: every rule must hold. Free text never allows."""

    refuse: list[ScopeRule] = Field(default=[], description="Any that holds rejects the request.")
    require: list[ScopeRule] = Field(default=[], description="Each must hold.")


class ApprovalRule(_File):
    """More people for more authority: holds when every named argument is above its bound."""

    tool: str = Field(description="A tool that the agent lists.")
    above: dict[str, float] = Field(
        default={}, description="Bound by argument; the rule holds when every named argument is above its bound."
    )
    quorum: int = Field(default=1, ge=1, le=10, description="People who must agree.")
    approvers: list[str] | None = Field(default=None, description="Instead of the agent's own approvers.")


class Approvals(_File):
    """Who may decide, how many of them, and for how long the question stands."""

    approvers: list[str] = Field(
        default=[],
        description="`user:<principal id>`, `role:<name>`, `slack:<U...>`, `slack_group:<S...>`; "
        "empty: any person of the tenant.",
    )
    quorum: int = Field(default=1, ge=1, le=10, description="People who must agree.")
    rules: list[ApprovalRule] = Field(default=[], description="Stricter terms for some calls.")
    timeout_seconds: int = Field(default=86_400, ge=1, le=2_592_000, description="How long the question stands.")
    remind_after_seconds: list[Annotated[int, Field(ge=60, le=5_184_000)]] = Field(
        default=[], max_length=10, description="When those who may decide are reminded, counted from the question."
    )
    escalate_to: list[str] = Field(default=[], description="Who is asked when nobody decided in time.")
    requester_may_approve: bool = Field(
        default=False, description="Whether the person who started the execution may decide."
    )


class Waiver(_File):
    """Lets an `approval: auto` effect of this agent run unasked while policy agrees. Dated, owned, reasoned."""

    owner: str = Field(min_length=1, description="The team that answers for it.")
    reason: str = Field(min_length=1, description="Why no person needs to look.")
    review_by: date = Field(description="From the day after, the file is refused; in the 30 days before, check warns.")
    below: dict[str, float] = Field(
        default={}, description="The waiver holds only while each named argument is below its bound."
    )


class Memory(_File):
    """`window`: turns kept word for word, older ones are summarised. `episodes`: earlier executions as examples."""

    window: int | None = Field(default=None, ge=1, le=200, description="Turns kept word for word.")
    episodes: int | None = Field(default=None, ge=0, le=20, description="Past executions that are recalled.")
    keep_days: int = Field(default=90, ge=1, le=3650, description="After so many days an execution is forgotten.")
    knowledge: str | None = Field(default=None, description="The collection of documents that may be searched.")


class Agent(_File):
    """An agent's definition with every default applied."""

    schema_version: Literal[1] = Field(description="The version of this file format.")
    name: Annotated[str, Field(pattern=NAME_PATTERN, description="The folder's own name.")]
    description: str = Field(min_length=1, max_length=4000, description="What the agent does, for people.")
    model: ModelChoice
    limits: Limits
    input_schema: dict[str, Any] = Field(
        description="Every field is a document unless it says `x-tollgate-origin: instruction`."
    )
    output_schema: dict[str, Any] = Field(description="The final answer must satisfy it.")
    scope: Scope = Scope()
    approvals: Approvals = Approvals()
    waivers: dict[str, Waiver] = Field(
        default={}, description="By tool; without one, an effect asks even if its manifest says `approval: auto`."
    )
    call_limits: dict[str, CallLimits] = Field(
        default={}, description="By tool: the most of an argument, the hours, and how often; past them is refused."
    )
    memory: Memory = Memory()
    personal_fields: list[str] = Field(default=[], description=PERSONAL_FIELDS)
    admission: Literal["reject", "flag"] = Field(
        default="reject", description="What the injection tripwire does when it fires."
    )
    checks: list[Check] = Field(
        default=[], max_length=MAX_CHECKS, description="Checks of other servers; one that cannot be heard refuses."
    )
    answer: AnswerScreening = AnswerScreening()
    tools: list[str] = Field(description="What the agent may propose; a tool that is not listed does not exist for it.")
