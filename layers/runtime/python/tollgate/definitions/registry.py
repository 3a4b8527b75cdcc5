"""What is deployed, as data: agents, tools, model aliases, principals. Built at synth, read-only at run time.

The registry travels as a layer (`tollgate_definitions/registry.json`), so a function can neither change it nor
be started with another one than the template's.
"""

import json
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.errors import NotFoundError
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgentEntry(_Part):
    """An agent with its instructions. `digest` covers both."""

    definition: Agent
    instructions: str
    digest: str


class ToolEntry(_Part):
    """A tool and its function. `policy_digest` covers the manifest and every agent that lists the tool."""

    manifest: Tool
    digest: str
    policy_digest: str
    function_name: str


class Price(_Part):
    """US dollars per million tokens, with the page and day it was read from."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float = Field(default=0.0, ge=0)
    cache_write: float = Field(default=0.0, ge=0)
    source: str
    as_of: str


class ModelTarget(_Part):
    """What an alias stands for in this stage."""

    provider: Literal["bedrock", "openai"]
    model: str
    region: str | None = None
    base_url: str | None = None
    secret_id: str | None = None
    timeout_seconds: int = 120
    price: Price


class PrincipalRule(_Part):
    """An authenticated caller -> a principal: `role_arn` for IAM, `issuer` and `subject` for JWT."""

    role_arn: str | None = None
    issuer: str | None = None
    subject: str | None = None
    principal: Principal


class SlackSettings(_Part):
    """Slack users by id, and where cards go. User `*` (local stage only) is anybody, in any tenant, with any role."""

    users: dict[str, Principal] = {}
    channel: str = "#approvals"
    role_channels: dict[str, str] = {}


class Webhook(_Part):
    """Told of approvals by a signed post; the secret in Secrets Manager is `whsec_<base64>`. `agents` empty: of all."""

    url: str = Field(pattern=r"^https?://[^\s]+$")
    secret_id: str
    timeout_seconds: float = Field(default=5.0, gt=0, le=20)
    agents: list[str] = []


class Topic(_Part):
    """An SNS topic, whose subscribers get an e-mail, told of approvals. `agents` empty: of all agents'."""

    arn: str = Field(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$")
    agents: list[str] = []


class Notifications(_Part):
    """Who is told that a question waits, beside Slack. Nobody decides by what they are sent: that needs a login."""

    webhooks: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")], Webhook] = {}
    topics: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")], Topic] = {}


class Registry(_Part):
    schema_version: Literal[1] = 1
    stage: str
    prefix: str
    agents: dict[str, AgentEntry]
    tools: dict[str, ToolEntry]
    builtin: dict[str, ToolEntry] = {}
    """Tollgate's own tools: listed by no agent, offered when there is something for them to do (`tollgate.offered`)."""
    models: dict[str, ModelTarget]
    principals: list[PrincipalRule] = []
    slack: SlackSettings = SlackSettings()
    notifications: Notifications = Notifications()

    def agent(self, name: str) -> AgentEntry:
        """The named agent. Raises `NotFoundError` that lists the known names."""
        if name not in self.agents:
            raise NotFoundError(
                f"there is no agent {name!r}; the deployed ones are: {', '.join(sorted(self.agents)) or 'none'}"
            )
        return self.agents[name]

    def tools_of(self, agent: Agent) -> dict[str, ToolEntry]:
        """The tools that the agent lists, in its order; a tool that is not listed does not exist for it."""
        return {name: self.tools[name] for name in agent.tools}


@cache
def deployed() -> Registry:
    """The registry of this deployment, parsed once per process."""
    return parse(json.loads(resources.files("tollgate_definitions").joinpath("registry.json").read_text("utf-8")))


def parse(document: dict[str, Any]) -> Registry:
    """A registry from its JSON document."""
    return Registry.model_validate(document)
