"""One finished execution as memory keeps it: in brief, bounded, and an example to nobody but its own tenant's agent."""

from pydantic import BaseModel, ConfigDict, Field


class EpisodeCall(BaseModel):
    """A call that was proposed, and whether it worked. What it returned is not kept: it came from outside."""

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: str = Field(description="JSON, cut.")
    ok: bool


class Episode(BaseModel):
    """`memory_id` is `<agent>:<when it began>-<execution>`, so that ids of one agent sort by time."""

    model_config = ConfigDict(frozen=True)

    memory_id: str
    tenant: str
    agent: str
    execution_id: str
    request: str = Field(description="In brief.")
    calls: list[EpisodeCall] = Field(description="In order; at most twenty.")
    answer: str = Field(description="JSON, cut.")
    created_at: float = Field(description="When the execution began.")
    expires_at: float = Field(description="When it is forgotten by itself.")
