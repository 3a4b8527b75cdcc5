"""How a value may be written where it turns up again: as it is, or escaped by whoever quoted it."""

import json
from typing import Any
from urllib.parse import quote, quote_plus


def as_written(value: Any) -> str:
    """A scalar as a text that quotes it would have it: a text itself, a number as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def written_forms(text: str) -> list[str]:
    """The text and its other spellings: inside JSON, inside a Python error message, inside a URL."""
    forms = [text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1], repr(text)[1:-1]]
    encoded = text.encode("utf-8", "replace")
    return list(dict.fromkeys([*forms, quote(encoded, safe=""), quote_plus(encoded)]))


def lines(text: str) -> list[str]:
    """The text and, of several lines, each: people and models quote by the line."""
    parts = [line.strip() for line in text.splitlines()]
    return [text, *parts] if len(parts) > 1 else [text]
