"""Reads JSON that a model or its server wrote, and keeps what ordinary parsers hide.

Python's parser silently takes the last of two equal keys, accepts `NaN` and turns `1e999` into infinity: three ways
in which what was checked is not what was sent. Here such a value is *malformed*: its text is kept, its meaning is not.
This module must not import anything that does I/O.
"""

import json
import math
import re
from typing import Any

MAX_DEPTH = 128
"""Deeper containers are cut off before parsing. Screening accepts 32 levels, so it refuses a call that was cut."""

_MAX_INTEGER_DIGITS = 100
_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*"?|[\[\]{}]', re.DOTALL)  # an unclosed string runs to the end: never quadratic
_CUT = b'"(nested too deeply)"'


class _Object(dict[str, Any]):
    """A parsed object that remembers its pairs, the repeated ones too."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class _Odd:
    """A number that is no JSON number, or none that can be kept: `NaN`, `-Infinity`, `1e999`, a 101-digit integer."""

    def __init__(self, text: str) -> None:
        self.text = text


def read_document(body: bytes) -> Any:
    """The JSON value in a server's response, to be taken apart with `plain` and `arguments_of`.

    Raises `ValueError` when the bytes are not JSON in UTF-8.
    """
    return json.loads(
        cut_deep(body).decode("utf-8"),
        object_pairs_hook=_Object,
        parse_constant=_Odd,
        parse_float=_float,
        parse_int=_integer,
    )


def arguments_of(value: Any) -> tuple[Any, str | None]:
    """`(arguments, None)` for a value from `read_document` that means one thing only, else `(None, its text)`."""
    return (None, _text(value)) if _is_odd(value) else (_plain(value), None)


def parse_arguments(text: str) -> tuple[Any, str | None]:
    """`(arguments, None)` for a JSON text that means one thing only, else `(None, the text as it came)`."""
    try:
        arguments, malformed = arguments_of(read_document(text.encode("utf-8", "surrogatepass")))
    except ValueError:
        return None, clean(text)
    return arguments, clean(text) if malformed is not None else None


def clean(text: str) -> str:
    """The text with lone surrogates replaced: they cannot be stored, sent or shown."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut_deep(body: bytes, limit: int = MAX_DEPTH) -> bytes:
    """The same JSON, with every container below `limit` levels replaced by a text; linear in the length of `body`."""
    pieces: list[bytes] = []
    depth = kept_to = 0
    for token in _TOKEN.finditer(body):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            if depth == limit + 1:
                pieces.append(body[kept_to : token.start()] + _CUT)
        elif first in b"]}":
            if depth == limit + 1:
                kept_to = token.end()
            depth -= 1
    if not pieces:
        return body
    return b"".join(pieces) if depth > limit else b"".join([*pieces, body[kept_to:]])


def _float(text: str) -> "float | _Odd":
    value = float(text)
    return value if math.isfinite(value) else _Odd(text)


def _integer(text: str) -> "int | _Odd":
    return int(text) if len(text) <= _MAX_INTEGER_DIGITS else _Odd(text)


def _is_odd(value: Any) -> bool:
    if isinstance(value, _Object):
        return len(value.pairs) != len(value) or any(_is_odd(key) or _is_odd(item) for key, item in value.pairs)
    if isinstance(value, list):
        return any(_is_odd(item) for item in value)
    return isinstance(value, _Odd) or (isinstance(value, str) and clean(value) != value)


def _plain(value: Any) -> Any:
    if isinstance(value, _Object):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    if isinstance(value, _Object):
        return "{" + ", ".join(f"{json.dumps(key)}: {_text(item)}" for key, item in value.pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return value.text if isinstance(value, _Odd) else json.dumps(value)
