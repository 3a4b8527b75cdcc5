"""What an MCP tool returned, as a JSON value. What is no text is kept and described, and not shown."""

import base64
import binascii
import json
from typing import Any

from tollgate.errors import FinalError
from tollgate.redaction.shorten import shortened
from tollgate.tool_runtime.binary import Binary

MESSAGE_CHARACTERS = 1_000


class McpToolError(FinalError):
    """The server's tool says that it failed; the message is its own."""


def value_of(result: dict[str, Any]) -> Any:
    """The structured content, else the text, else a list of parts. Raises `McpToolError` for `isError`."""
    parts = [_part(block) for block in result.get("content", [])]
    if result.get("isError"):
        texts = [part for part in parts if isinstance(part, str)]
        said = shortened("\n".join(texts), MESSAGE_CHARACTERS)
        raise McpToolError(said or "the server's tool failed and gave no reason")
    if result.get("structuredContent") is not None:
        return result["structuredContent"]
    return _parsed(parts[0]) if len(parts) == 1 else parts or None


def _parsed(part: Any) -> Any:
    """A text that is a JSON object or list is taken as one: servers without structured content send it so."""
    if not isinstance(part, str) or not part.lstrip().startswith(("{", "[")):
        return part
    try:
        return json.loads(part)
    except (ValueError, RecursionError):
        return part


def _part(block: dict[str, Any]) -> Any:
    kind = block.get("type")
    if kind == "text":
        return block["text"]
    inner = block.get("resource", block)
    known = {name: inner[name] for name in ("uri", "name", "mimeType") if name in inner}
    described = {"type": kind, **known}
    encoded = inner.get("data") or inner.get("blob")
    if isinstance(encoded, str) and (data := _decoded(encoded)) is not None:
        return Binary(data, described)
    size = {"characters": len(inner["text"])} if isinstance(inner.get("text"), str) else {}
    return {**described, **size, "shown": False}


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
