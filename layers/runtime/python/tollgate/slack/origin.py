"""Where an argument's value came from, in a person's words."""

from collections.abc import Mapping
from typing import Any

from tollgate.approvals.visible import one_line
from tollgate.definitions import pointer


def words(origins: Mapping[str, Any], argument: str) -> str:
    """The origins of an argument and of what is inside it, each once; empty where nothing is known."""
    at = pointer.join([argument])
    found = [_words(origin) for where, origin in origins.items() if where == at or where.startswith(f"{at}/")]
    return "; ".join(dict.fromkeys(text for text in found if text))


def _words(origin: Any) -> str:
    if isinstance(origin, Mapping):
        text = origin.get("text") or origin.get("source") or ""
        return one_line(str(text), 300)
    return one_line(str(origin), 300) if origin else ""
