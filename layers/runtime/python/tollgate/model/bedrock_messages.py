"""Our conversation <-> the JSON of Bedrock's Converse. Pure: no client, no socket.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

import json
import re
from typing import Any

from tollgate.errors import ModelFailedError
from tollgate.model.stop_reason import stop_reason_of
from tollgate.model.usage import from_bedrock
from tollgate.model.wire_ids import with_unique_ids
from tollgate.model.wire_json import arguments_of, clean
from tollgate.models.message import (
    Block,
    Message,
    ModelRequest,
    ModelResponse,
    TextBlock,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
)

NOTHING_SAID = "(nothing)"
"""Stands for a turn without content: Converse refuses empty messages and blank text."""

_MALFORMED_TURN = ("malformed_tool_use", "malformed_model_output")
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")


def request_body(request: ModelRequest) -> dict[str, Any]:
    """The Converse parameters but `modelId`; `requestMetadata` names agent, execution and step in Bedrock's logs."""
    body: dict[str, Any] = {
        "messages": [_message(message, bool(request.tools)) for message in with_unique_ids(request.messages)],
        "inferenceConfig": {"maxTokens": request.max_output_tokens, "temperature": request.temperature},
        "requestMetadata": {
            "tollgate_agent": request.agent,
            "tollgate_execution": request.execution_id,
            "tollgate_step": str(request.step),
        },
    }
    if request.system.strip():
        body["system"] = [{"text": request.system}]
    if request.tools:
        body["toolConfig"] = {"tools": [_tool(tool) for tool in request.tools]}
    return body


def response_of(document: Any, *, model: str, latency_ms: int, request_id: str | None) -> ModelResponse:
    """The response behind a document from `read_document`. Raises `ModelFailedError` if it holds no output message."""
    blocks = _member(_member(_member(document, "output"), "message"), "content")
    if not isinstance(blocks, list):
        raise ModelFailedError(
            f"bedrock model {model} answered without an output message; check that the endpoint speaks Converse "
            "(AWS_ENDPOINT_URL_BEDROCK_RUNTIME) and that the model id names a chat model"
        )
    content = [block for wire in blocks for block in _content(wire)]
    if document.get("stopReason") in _MALFORMED_TURN:
        content = [_as_malformed(block) for block in content]
    has_calls = any(isinstance(block, ToolUseBlock) for block in content)
    return ModelResponse(
        content=content,
        stop_reason=stop_reason_of(document.get("stopReason"), has_calls=has_calls),
        usage=from_bedrock(document.get("usage")),
        provider="bedrock",
        model=model,
        latency_ms=latency_ms,
        request_id=request_id,
    )


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _message(message: Message, has_tools: bool) -> dict[str, Any]:
    # Converse refuses tool blocks where no tools are offered, so a closing call without tools gets them as text.
    write = _block if has_tools else _block_as_text
    blocks = [write(block) for block in message.content if not _is_blank(block)]
    return {"role": message.role, "content": blocks or [{"text": NOTHING_SAID}]}


def _is_blank(block: Block) -> bool:
    return isinstance(block, TextBlock) and not block.text.strip()


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, TextBlock):
        return {"text": block.text}
    if isinstance(block, ToolUseBlock):
        name = _NOT_IN_A_NAME.sub("_", block.name)[:64] or "unnamed"
        return {"toolUse": {"toolUseId": block.tool_use_id, "name": name, "input": arguments_object(block)}}
    status = "error" if block.is_error else "success"
    return {"toolResult": {"toolUseId": block.tool_use_id, "content": [{"text": block.text}], "status": status}}


def _block_as_text(block: Block) -> dict[str, Any]:
    if isinstance(block, ToolUseBlock):
        return {"text": f"[called {block.name} with {json.dumps(arguments_object(block), ensure_ascii=False)}]"}
    if isinstance(block, ToolResultBlock):
        return {"text": f"[{'error' if block.is_error else 'result'}: {block.text}]"}
    return _block(block)


def arguments_object(block: ToolUseBlock) -> dict[str, Any]:
    """What the model wrote, as the JSON object that providers require in a conversation they are shown again."""
    if isinstance(block.arguments, dict):
        return block.arguments
    return {"malformed": block.malformed} if block.malformed is not None else {"not_an_object": block.arguments}


def _tool(tool: ToolChoice) -> dict[str, Any]:
    spec = {"name": tool.name, "description": tool.description, "inputSchema": {"json": tool.input_schema}}
    return {"toolSpec": spec}


def _content(wire: Any) -> list[TextBlock | ToolUseBlock]:
    """Text, cited text and calls; reasoning and other kinds of blocks are neither shown nor acted on."""
    if not isinstance(wire, dict):
        return []
    if isinstance(wire.get("text"), str):
        return [TextBlock(text=clean(wire["text"]))]
    if isinstance(wire.get("citationsContent"), dict):
        cited = wire["citationsContent"].get("content")
        return [block for part in (cited if isinstance(cited, list) else []) for block in _content(part)]
    return [_tool_use(wire["toolUse"])] if isinstance(wire.get("toolUse"), dict) else []


def _tool_use(wire: dict[str, Any]) -> ToolUseBlock:
    arguments, malformed = arguments_of(wire.get("input"))
    return ToolUseBlock(
        tool_use_id=_text(wire.get("toolUseId")), name=_text(wire.get("name")), arguments=arguments, malformed=malformed
    )


def _as_malformed(block: TextBlock | ToolUseBlock) -> TextBlock | ToolUseBlock:
    """A call that the provider itself calls malformed is never run, however well its remains parse."""
    if isinstance(block, TextBlock) or block.malformed is not None:
        return block
    return block.model_copy(update={"arguments": None, "malformed": json.dumps(block.arguments, ensure_ascii=False)})


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""
