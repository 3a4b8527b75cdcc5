"""Where in a tool's output the value is that keeps it from being JSON, for whoever mends the tool."""

import math
from typing import Any

from tollgate.definitions import pointer

SHOWN_POINTER = 200
_PLAIN = (str, int, bool, type(None))


def fault(value: Any) -> str | None:
    """`<pointer>: <what is there>` of the first such value, the top without a pointer; None where none is found.

    `value` is no deeper than a result may be.
    """
    pending: list[tuple[list[str | int], Any]] = [([], value)]
    while pending:
        path, node = pending.pop()
        wrong = _wrong(node)
        if wrong:
            place = pointer.join(path)[:SHOWN_POINTER]
            return f"{place}: {wrong}" if place else wrong
        pending.extend(reversed([([*path, key], inner) for key, inner in _members(node)]))
    return None


def _members(node: Any) -> list[tuple[str | int, Any]]:
    if isinstance(node, dict):
        return [(str(key), inner) for key, inner in node.items()]
    return list(enumerate(node)) if isinstance(node, list | tuple) else []


def _wrong(node: Any) -> str | None:
    if isinstance(node, float):
        return None if math.isfinite(node) else f"{node} is no JSON number; return null or a text"
    if isinstance(node, str):
        return None if _is_unicode(node) else "the text is not valid Unicode: it holds half of a surrogate pair"
    if isinstance(node, dict):
        odd = [key for key in node if not isinstance(key, _PLAIN)]
        return f"keys must be texts, not {type(odd[0]).__name__}" if odd else None
    if isinstance(node, (*_PLAIN, list, tuple)):
        return None
    return f"{type(node).__name__} is not JSON serializable; return plain JSON values"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
