"""The conversation with a model, in the shape of Bedrock's Converse API, which every provider is mapped to.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

StopReason = Literal["end_turn", "tool_use", "max_tokens", "stop_sequence", "refusal", "other"]


class TextBlock(BaseModel):
    model_config = ConfigDict(frozen=True)

    type: Literal["text"] = "text"
    text: str


class ToolUseBlock(BaseModel):
    """A call the model proposes. `arguments` is whatever JSON value it wrote; nothing is coerced.

    `malformed` holds the raw text where the provider delivered something that is not JSON.
    """

    model_config = ConfigDict(frozen=True)

    type: Literal["tool_use"] = "tool_use"
    tool_use_id: str
    name: str
    arguments: Any = None
    malformed: str | None = None


class ToolResultBlock(BaseModel):
    """What the model reads about one call; every `tool_use` of a turn gets exactly one before the next call."""

    model_config = ConfigDict(frozen=True)

    type: Literal["tool_result"] = "tool_result"
    tool_use_id: str
    text: str
    is_error: bool = False


Block = Annotated[TextBlock | ToolUseBlock | ToolResultBlock, Field(discriminator="type")]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)

    role: Literal["user", "assistant"]
    content: list[Block]


class ToolChoice(BaseModel):
    """A tool as the model sees it: its name, what it is for, its arguments' schema."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    input_schema: dict[str, Any]


class Usage(BaseModel):
    """The provider's own figures. `total_tokens` is what is paid from the budget, cached tokens included."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    total_tokens: int = 0
    reported: bool = True
    """False where the response named no usage: the reservation is then what it cost."""


class ModelRequest(BaseModel):
    """One model call, whole: what a provider needs and what the trace records."""

    model_config = ConfigDict(frozen=True)

    agent: str
    execution_id: str
    step: int
    system: str
    messages: list[Message]
    tools: list[ToolChoice]
    temperature: float
    max_output_tokens: int
    timeout_seconds: float


class ModelResponse(BaseModel):
    """What came back, mapped; journalled before anything acts on it."""

    model_config = ConfigDict(frozen=True)

    content: list[TextBlock | ToolUseBlock]
    stop_reason: StopReason
    usage: Usage
    provider: str
    model: str
    latency_ms: int = 0
    request_id: str | None = None

    @property
    def text(self) -> str:
        """All text blocks, joined by a newline."""
        return "\n".join(block.text for block in self.content if isinstance(block, TextBlock))

    @property
    def tool_uses(self) -> list[ToolUseBlock]:
        """The proposed calls, in the model's order."""
        return [block for block in self.content if isinstance(block, ToolUseBlock)]
