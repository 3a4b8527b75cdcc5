"""The file `tool.yaml`: what a tool is, may do, needs and survives. The only description of a tool."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Effect = Literal["read", "write", "destructive", "external"]
Kind = Literal["lambda", "function_arn", "http", "mcp"]
OnRetry = Literal["idempotent", "keyed", "verify", "never"]
Format = Literal["iban", "date", "email", "url", "account", "text"] | dict[Literal["decimal"], str]

EFFECT_STRENGTH: dict[str, int] = {"read": 0, "write": 1, "external": 2, "destructive": 3}
LAMBDA_SECONDS = 900
"""Lambda's longest timeout. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

DOCUMENT, ARTIFACT = "x-tollgate-document", "x-tollgate-artifact"
"""What an argument's schema says of a value that is a name: the wrapper hands over what it names."""

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retry(_File):
    """Backoff inside the tool's wrapper, on transient errors only."""

    max_attempts: int = Field(default=3, ge=1, le=10, description="Attempts count the first.")
    interval_seconds: float = Field(default=1.0, ge=0, le=60, description="The first pause.")
    backoff_rate: float = Field(default=2.0, ge=1, le=10, description="Each pause is so many times the one before.")


class Owner(_File):
    """The argument's value must be among the principal's claim."""

    argument: str = Field(description="The argument that names the owned thing.")
    claim: str = Field(description="The principal's claim that lists what it owns.")


class Permission(_File):
    """One IAM statement of the tool's role. Wildcards and iam, sts, kms, states actions are refused."""

    actions: list[str] = Field(min_length=1, description="`service:Action`, each by name.")
    resources: list[str] = Field(
        min_length=1,
        description="ARNs; `${AWS::Region}`, `${AWS::AccountId}`, `${AWS::Partition}` and `${Prefix}` are filled in.",
    )


class HttpOperation(_File):
    """An OpenAPI operation: method, base URL and path; arguments fill path, query and body by name."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = Field(description="GET or HEAD for reads.")
    url: str = Field(description="https URL; `{name}` is filled from the argument of that name.")
    query: list[str] = Field(default=[], description="Arguments that go into the query.")
    body: list[str] = Field(default=[], description="Arguments that go into a JSON body.")


class Secret(_File):
    """A Secrets Manager secret sent as a header."""

    name: str = Field(description="The secret's name in Secrets Manager.")
    header: str = Field(default="Authorization", description="The header that carries it.")
    prefix: str = Field(default="", description="What stands before it, such as `Bearer `.")


class Tool(_File):
    """A tool's manifest with every default applied."""

    schema_version: Literal[1] = Field(description="The version of this file format.")
    name: Annotated[str, Field(pattern=NAME_PATTERN, description="The folder's own name, and what the model calls.")]
    description: str = Field(min_length=1, max_length=4000, description="What the model reads.")
    kind: Kind = Field(description="What runs: a handler beside this file, a function, an HTTP operation, an MCP tool.")
    effect: Effect = Field(description="The strongest thing a call can do; `external` leaves the account.")
    input_schema: dict[str, Any] = Field(
        description="JSON Schema 2020-12; additionalProperties false unless said otherwise."
    )
    sinks: list[list[str]] = Field(
        default=[], description="Groups of arguments that carry authority; one group, one source record."
    )
    formats: dict[str, Format] = Field(
        default={}, description="Canonical forms: `iban`, `date`, `email`, `url`, `{decimal: currency_argument}`."
    )
    owner: Owner | None = Field(default=None, description="Whose data a call may touch.")
    trusted_output: list[str] = Field(
        default=[], description="JSON Pointers into the output that may vouch for a sink."
    )
    approval: Literal["always", "auto", "never"] | None = Field(
        default=None, description="Default: never for reads, always for effects."
    )
    summary: str | None = Field(default=None, description="The card's line; `{name}` names an argument.")
    timeout_seconds: int = Field(default=30, ge=1, description="Of one call. check warns above 60, refuses above 600.")
    retry: Retry = Retry()
    on_retry: OnRetry | None = Field(default=None, description="Default: idempotent for reads, never for effects.")
    fallback: str | None = Field(
        default=None, description="A tool of the same or a weaker effect that accepts the same arguments."
    )
    output_limit_tokens: int = Field(
        default=1500, ge=50, le=50_000, description="What the model sees of a result; the whole is kept."
    )
    memory_mb: int = Field(default=256, ge=128, le=10_240, description="Of the tool's function.")
    permissions: list[Permission] = Field(default=[], description="All that the tool's role gets.")
    environment: dict[str, str] = Field(default={}, description="No secrets, no endpoints.")
    function_arn: str | None = Field(default=None, description="For kind function_arn.")
    operation: HttpOperation | None = Field(default=None, description="For kind http.")
    hosts: list[str] = Field(default=[], description="For kinds http and mcp: the only hosts that may be reached.")
    url: str | None = Field(default=None, description="For kind mcp: the server's streamable HTTP endpoint.")
    tool: str | None = Field(default=None, description="For kind mcp: the tool's name on the server.")
    digest: str | None = Field(default=None, description="For kind mcp: pins the server's schema and description.")
    secret: Secret | None = Field(default=None, description="For kinds http and mcp.")

    @property
    def is_effect(self) -> bool:
        return self.effect != "read"

    def marked(self, word: str) -> list[str]:
        """The arguments whose schema says `word: true`."""
        properties = self.input_schema.get("properties", {})
        return [name for name, schema in properties.items() if isinstance(schema, dict) and schema.get(word) is True]

    @property
    def approval_policy(self) -> Literal["always", "auto", "never"]:
        """The manifest's word, or the default of its effect."""
        return self.approval or ("always" if self.is_effect else "never")

    @property
    def retry_policy(self) -> OnRetry:
        """What a half-done attempt allows; an effect that says nothing is never repeated unasked."""
        return self.on_retry or ("never" if self.is_effect else "idempotent")

    @property
    def function_timeout_seconds(self) -> int:
        """The Lambda timeout: all attempts, their pauses, one wait for a dead attempt's lease, and 15 seconds."""
        pauses = sum(
            self.retry.interval_seconds * self.retry.backoff_rate**n for n in range(self.retry.max_attempts - 1)
        )
        whole = self.retry.max_attempts * self.timeout_seconds + pauses + self.timeout_seconds + 15
        return min(LAMBDA_SECONDS, math.ceil(whole))

    @property
    def task_timeout_seconds(self) -> int:
        """The state machine's timeout of one attempt: 15 seconds outside the Lambda's."""
        return self.function_timeout_seconds + 15
