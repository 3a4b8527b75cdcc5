"""What of a tool's output reaches the model: always valid JSON, cut by structure, never in the middle of a value."""

import json
from typing import Any

from tollgate.errors import FinalError
from tollgate.tool_runtime.no_json import fault

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 64
BYTES_PER_TOKEN = 3
"""Bytes a token stands for at the least, measured on transcripts."""

_SHARES = (64, 16, 8, 4, 2, 1, 0)
"""List items kept at head and tail, ever fewer until the rest fits."""


class ToolOutputError(FinalError):
    """The tool returned something that is not a JSON value of bearable size and depth."""


def encoded(value: Any) -> bytes:
    """The output as JSON bytes. Raises `ToolOutputError` that names what is wrong with it."""
    _bounded(value)
    try:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolOutputError(f"the tool returned something that is not JSON ({fault(value) or error})") from None
    if len(data) > MAX_BYTES:
        raise _too_large(len(data))
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
        for characters in (limit // 2, limit // 8, 400, 120, 40):
            text = json.dumps(_shrink(value, share, characters), ensure_ascii=False)
            if len(text.encode("utf-8")) <= limit:
                return text, True
    note = {"cut": f"{len(whole):,} bytes of {type(value).__name__} did not fit into {limit_tokens} tokens"}
    return json.dumps(note), True


def overflows(value: Any, limit_tokens: int) -> bool:
    """Whether a JSON value is shown cut."""
    text = json.dumps(value, ensure_ascii=False)
    return len(text.encode("utf-8", "surrogatepass")) > limit_tokens * BYTES_PER_TOKEN


def _shrink(value: Any, share: int, characters: int) -> Any:
    if isinstance(value, str):
        rest = len(value) - characters
        return value if rest <= 0 else f"{value[:characters]}… [{rest} more characters]"
    if isinstance(value, list | tuple):
        return _shrink_list(value, share, characters)
    if isinstance(value, dict):
        return _shrink_object(value, share, characters)
    return value


def _shrink_list(items: list[Any] | tuple[Any, ...], share: int, characters: int) -> list[Any]:
    if len(items) <= 2 * share:
        return [_shrink(item, share, characters) for item in items]
    head, tail = items[:share], items[len(items) - share :]
    note = f"[{len(items) - 2 * share} of {len(items)} items cut]"
    return (
        [_shrink(item, share, characters) for item in head]
        + [note]
        + [_shrink(item, share, characters) for item in tail]
    )


def _shrink_object(members: dict[str, Any], share: int, characters: int) -> dict[str, Any]:
    """All keys while the share is large; an object used as a table of thousands keeps its first ones."""
    most = max(16, 8 * share)
    shown = {key: _shrink(members[key], share, characters) for key in list(members)[:most]}
    return shown if len(members) <= most else shown | {"…": f"[{len(members) - most} of {len(members)} keys cut]"}


def _bounded(value: Any) -> None:
    """Stops at the first level that is too deep or too much, before anything is copied: a ring has no end.

    The size counted here is a lower bound of the JSON text's.
    """
    level, depth, size = [value], 0, 0
    while level:
        depth += 1
        size += sum(len(part) if isinstance(part, str) else 1 for part in level)
        if size > MAX_BYTES:
            raise _too_large(size)
        if depth > MAX_DEPTH:
            raise ToolOutputError(f"the tool returned more than {MAX_DEPTH} nested levels; flatten the result")
        level = [inner for outer in level for inner in _inside(outer)]


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return [*value.values(), *(key for key in value if isinstance(key, str))]
    return value if isinstance(value, list | tuple) else ()


def _too_large(size: int) -> ToolOutputError:
    return ToolOutputError(
        f"the tool returned at least {size:,} bytes; the most is {MAX_BYTES:,}: page or filter the result"
    )
