"""What an MCP tool returned, as a JSON value. What is no text is described and not shown."""

import json
from typing import Any

from tollgate.errors import FinalError

MESSAGE_CHARACTERS = 1_000


class McpToolError(FinalError):
    """The server's tool says that it failed; the message is its own."""


def value_of(result: dict[str, Any]) -> Any:
    """The structured content, else the text, else a list of parts. Raises `McpToolError` for `isError`."""
    parts = [_part(block) for block in result.get("content", [])]
    if result.get("isError"):
        texts = [part for part in parts if isinstance(part, str)]
        raise McpToolError("\n".join(texts)[:MESSAGE_CHARACTERS] or "the server's tool failed and gave no reason")
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
    data = inner.get("data") or inner.get("blob") or inner.get("text")
    size = {"characters": len(data)} if isinstance(data, str) else {}
    return {"type": kind, **known, **size, "shown": False}
