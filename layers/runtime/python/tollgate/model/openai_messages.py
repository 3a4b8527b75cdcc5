"""Our conversation <-> the JSON of `/chat/completions`. Pure: no client, no socket.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from typing import Any

from tollgate.errors import ModelFailedError
from tollgate.model.bedrock_messages import arguments_object
from tollgate.model.stop_reason import stop_reason_of
from tollgate.model.usage import from_openai
from tollgate.model.wire_ids import with_unique_ids
from tollgate.model.wire_json import arguments_of, clean, parse_arguments
from tollgate.models.message import (
    Message,
    ModelRequest,
    ModelResponse,
    TextBlock,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
)


def request_body(request: ModelRequest, *, model: str, limit_name: str) -> dict[str, Any]:
    """The request's JSON. `limit_name` is what this server calls the output limit."""
    system = [{"role": "system", "content": request.system}] if request.system.strip() else []
    turns = [wire for message in with_unique_ids(request.messages) for wire in _messages(message)]
    body: dict[str, Any] = {
        "model": model,
        "messages": system + turns,
        "temperature": request.temperature,
        limit_name: request.max_output_tokens,
        "stream": False,
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    return body


def response_of(document: Any, *, model: str, latency_ms: int, request_id: str | None) -> ModelResponse:
    """The response behind a document from `read_document`. Raises `ModelFailedError` if it holds no choice."""
    choice = _first_choice(document)
    if choice is None:
        raise ModelFailedError(
            f"the server answered for {model} without a choice; check that base_url ends where /chat/completions begins"
        )
    message = choice["message"]
    refusal = message.get("refusal")
    refused = isinstance(refusal, str) and bool(refusal.strip())
    content = _text_blocks(refusal if refused else message.get("content")) + _tool_uses(message.get("tool_calls"))
    has_calls = any(isinstance(block, ToolUseBlock) for block in content)
    word = "refusal" if refused else choice.get("finish_reason")
    identity = request_id or document.get("id")
    return ModelResponse(
        content=content,
        stop_reason=stop_reason_of(word, has_calls=has_calls),
        usage=from_openai(document.get("usage")),
        provider="openai",
        model=model,
        latency_ms=latency_ms,
        request_id=clean(identity) if isinstance(identity, str) else None,
    )


def _messages(message: Message) -> list[dict[str, Any]]:
    text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))
    if message.role == "assistant":
        calls = [_tool_call(block) for block in message.content if isinstance(block, ToolUseBlock)]
        return [{"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}]
    # Results come first: each must follow the turn that made the call.
    results = [_tool_message(block) for block in message.content if isinstance(block, ToolResultBlock)]
    return results + ([{"role": "user", "content": text}] if text or not results else [])


def _tool_call(block: ToolUseBlock) -> dict[str, Any]:
    arguments = json.dumps(arguments_object(block), ensure_ascii=False)
    return {"id": block.tool_use_id, "type": "function", "function": {"name": block.name, "arguments": arguments}}


def _tool_message(block: ToolResultBlock) -> dict[str, Any]:
    # A chat completion has no field for it, so an error says so in its text.
    text = f"ERROR: {block.text}" if block.is_error else block.text
    return {"role": "tool", "tool_call_id": block.tool_use_id, "content": text}


def _tool(tool: ToolChoice) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


def _first_choice(document: Any) -> dict[str, Any] | None:
    choices = document.get("choices") if isinstance(document, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) and isinstance(first.get("message"), dict) else None


def _text_blocks(content: Any) -> list[TextBlock | ToolUseBlock]:
    if isinstance(content, str):
        return [TextBlock(text=clean(content))] if content else []
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return [TextBlock(text=clean(text)) for text in texts if isinstance(text, str) and text]


def _tool_uses(calls: Any) -> list[TextBlock | ToolUseBlock]:
    """Every proposed call, each under an id of its own; a missing or repeated id is replaced."""
    blocks: list[TextBlock | ToolUseBlock] = []
    taken: set[str] = set()
    for position, call in enumerate(calls if isinstance(calls, list) else []):
        given = call.get("id") if isinstance(call, dict) else None
        own = clean(given) if isinstance(given, str) else ""
        tool_use_id = own if own.strip() and own not in taken else _generated_id(position, taken)
        taken.add(tool_use_id)
        blocks.append(_tool_use(call, tool_use_id))
    return blocks


def _generated_id(position: int, taken: set[str]) -> str:
    # Nine letters and digits: the one form that every server takes back (Mistral's accept no other).
    number = position
    while f"call{number:05d}" in taken:
        number += 1
    return f"call{number:05d}"


def _tool_use(call: Any, tool_use_id: str) -> ToolUseBlock:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return ToolUseBlock(tool_use_id=tool_use_id, name="", malformed=json.dumps(call, default=str))
    name, written = function.get("name"), function.get("arguments")
    arguments, malformed = _arguments(written)
    return ToolUseBlock(
        tool_use_id=tool_use_id,
        name=clean(name) if isinstance(name, str) else "",
        arguments=arguments,
        malformed=malformed,
    )


def _arguments(written: Any) -> tuple[Any, str | None]:
    if isinstance(written, str):
        # Several servers write nothing at all for a call without arguments.
        return parse_arguments(written) if written.strip() else ({}, None)
    return ({}, None) if written is None else arguments_of(written)
