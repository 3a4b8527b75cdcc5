"""What of a tool's output reaches the model: always valid JSON, cut by structure, never in the middle of a value."""

import json
from typing import Any

from tollgate.errors import FinalError

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 64
BYTES_PER_TOKEN = 3
"""Bytes a token stands for at the least, measured on transcripts."""

_SHARES = (8, 4, 2, 1, 0)
"""List items kept at head and tail, ever fewer until the rest fits."""


class ToolOutputError(FinalError):
    """The tool returned something that is not a JSON value of bearable size and depth."""


def encoded(value: Any) -> bytes:
    """The output as JSON bytes. Raises `ToolOutputError` that names what is wrong with it."""
    try:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError) as error:
        raise ToolOutputError(
            f"the tool returned something that is not JSON ({error}); return plain JSON values"
        ) from None
    if len(data) > MAX_BYTES:
        raise ToolOutputError(
            f"the tool returned {len(data):,} bytes; the most is {MAX_BYTES:,}: page or filter the result"
        )
    if _depth(value) > MAX_DEPTH:
        raise ToolOutputError(f"the tool returned more than {MAX_DEPTH} nested levels; flatten the result")
    return data


def cut(value: Any, limit_tokens: int) -> tuple[str, bool]:
    """JSON text within the limit, and whether anything was left out.

    Keys stay, lists keep head and tail with a count of what was cut, long texts keep their beginning.
    """
    limit = limit_tokens * BYTES_PER_TOKEN
    whole = encoded(value)
    if len(whole) <= limit:
        return whole.decode("utf-8"), False
    for share in _SHARES:
        for characters in (400, 120, 40):
            text = json.dumps(_shrink(value, share, characters), ensure_ascii=False)
            if len(text.encode("utf-8")) <= limit:
                return text, True
    note = {"cut": f"{len(whole):,} bytes of {type(value).__name__} did not fit into {limit_tokens} tokens"}
    return json.dumps(note), True


def _shrink(value: Any, share: int, characters: int) -> Any:
    if isinstance(value, str):
        rest = len(value) - characters
        return value if rest <= 0 else f"{value[:characters]}… [{rest} more characters]"
    if isinstance(value, list):
        return _shrink_list(value, share, characters)
    if isinstance(value, dict):
        return {key: _shrink(inner, share, characters) for key, inner in value.items()}
    return value


def _shrink_list(items: list[Any], share: int, characters: int) -> list[Any]:
    if len(items) <= 2 * share:
        return [_shrink(item, share, characters) for item in items]
    head, tail = items[:share], items[len(items) - share :]
    note = f"[{len(items) - 2 * share} of {len(items)} items cut]"
    return (
        [_shrink(item, share, characters) for item in head]
        + [note]
        + [_shrink(item, share, characters) for item in tail]
    )


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth
