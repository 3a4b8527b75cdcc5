"""Checks outside of Tollgate that an agent names, and how its answer is screened: data of `agent.yaml`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.tool import NAME_PATTERN, Secret

CheckStage = Literal["request", "call", "answer"]
"""Where a check is asked: at admission, about a proposed call, about the final answer."""

CheckKind = Literal["bedrock_guardrail", "guardrails_ai", "nemo", "http"]

MAX_CHECKS = 5
"""Of one agent; all calls of a turn are checked side by side, each by every check."""

MAX_SECONDS = 30
"""The task that asks has 60."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Check(_Part):
    """One check. What it says counts like a rule of ours, under the name `external_check:<name>`."""

    name: Annotated[str, Field(pattern=NAME_PATTERN, description="Its rule is `external_check:<name>`.")]
    kind: CheckKind = Field(description="Which server answers; `http` is your own.")
    at: list[CheckStage] = Field(min_length=1, description="The stages at which it is asked.")
    calls: Literal["effects", "all"] = Field(default="effects", description="At `call`: which calls it sees.")
    timeout_seconds: float = Field(
        default=5.0, gt=0, le=MAX_SECONDS, description="Wall time of one answer, slow bodies included."
    )
    on_intervention: Literal["refuse", "ask"] = Field(
        default="refuse", description="What a guard that intervenes means; kind http says itself what it means."
    )
    on_error: Literal["refuse", "ask"] = Field(
        default="refuse", description="What no answer, a late one or an unreadable one means; never `run`."
    )
    url: str | None = Field(default=None, description="http: the address; guardrails_ai, nemo: the server's root.")
    guard: str | None = Field(default=None, description="guardrails_ai: the guard's id on the server.")
    config: str | None = Field(default=None, description="nemo: the configuration's id on the server.")
    guardrail: str | None = Field(default=None, description="bedrock_guardrail: the guardrail's id or ARN.")
    version: str | None = Field(default=None, description='bedrock_guardrail: `"1"` or `DRAFT`.')
    region: str | None = Field(default=None, description="bedrock_guardrail: if it is not the stack's own.")
    secret: Secret | None = Field(default=None, description="http, guardrails_ai, nemo: sent as a header.")

    @property
    def rule(self) -> str:
        """The name under which its word is in the trace."""
        return f"external_check:{self.name}"


class AnswerScreening(_Part):
    """What the final answer may hold. Secrets are always refused."""

    personal_data: Literal["seen", "refuse", "allow"] = Field(
        default="seen",
        description="`seen`: only values that the request or a tool's output of this execution holds.",
    )
    links: Literal["refuse", "allow"] = Field(
        default="refuse", description="`refuse`: no link to a host that no trusted source named."
    )
    hosts: list[str] = Field(default=[], description="Hosts that may be linked, beside those that a source named.")
