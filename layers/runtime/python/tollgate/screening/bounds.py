"""What any JSON value must satisfy before anything looks into it: bytes, depth, numbers that every reader agrees on."""

import json
import math
from typing import Any

from tollgate.definitions import pointer
from tollgate.screening.text import quoted

_encode = json.JSONEncoder(ensure_ascii=False).encode

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_INTEGER = 2**53
"""Beyond it a double cannot tell neighbours apart (RFC 8259 section 6), so two readers may see two numbers."""


def problem(value: Any, *, max_bytes: int = MAX_BYTES) -> str | None:
    """What is wrong with a value, with its place and what to write instead; None when nothing is."""
    found = _walk(value)
    if found is not None:
        return found
    size = len(_encode(value).encode("utf-8"))
    return f"{size:,} bytes of JSON, more than the {max_bytes:,} allowed; pass less" if size > max_bytes else None


def too_deep(value: Any) -> bool:
    """Whether the value is nested deeper than anything here looks."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [inner for node in level for inner in _below(node)]
        depth += 1
    return bool(level)


def _below(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _walk(value: Any) -> str | None:
    """Looks at every value, without recursion, so that depth itself cannot hurt."""
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while pending:
        node, path = pending.pop()
        if len(path) > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels at {pointer.join(path[:3])}...; pass a flatter value"
        if isinstance(node, dict):
            wrong = next((key for key in node if not isinstance(key, str) or not _is_unicode(key)), None)
            if wrong is not None:
                return f"the key {quoted(wrong)} at {pointer.join(path) or 'the top'} is not Unicode text"
            pending.extend((inner, (*path, key)) for key, inner in node.items())
        elif isinstance(node, list):
            pending.extend((inner, (*path, index)) for index, inner in enumerate(node))
        elif (wrong := _wrong_scalar(node)) is not None:
            return f"{pointer.join(path) or 'the value'} {wrong}"
    return None


def _wrong_scalar(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return None if _is_unicode(value) else "holds half a surrogate pair; write the character itself"
    if isinstance(value, int):
        return None if abs(value) <= MAX_INTEGER else "is an integer past 2^53; write it as a string"
    if isinstance(value, float):
        return None if math.isfinite(value) else "is no finite number"
    return f"is a {type(value).__name__}, which is no JSON value"


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
