"""Every text in an answer with its place, and every way in which a reader's program may read it."""

import html
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tollgate.definitions import pointer
from tollgate.detection.detect import detect
from tollgate.screening.text import INVISIBLE

SHOWN_KEY = 60
HIDDEN = "…"
_FULL_STOPS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
"""What browsers take for the dot of a host (UTS 46)."""


@dataclass(frozen=True)
class Written:
    """A text of the answer. `at` is its JSON Pointer, with keys hidden that are themselves worth hiding."""

    at: str
    text: str


def strings(value: Any) -> Iterator[Written]:
    """Every key and every scalar, numbers included; booleans and null say nothing."""
    yield from _strings(value, ())


def _strings(value: Any, path: tuple[str, ...]) -> Iterator[Written]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield Written(_shown(path), key)
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, str(index)))
    elif value is not None and not isinstance(value, bool):
        yield Written(_shown(path), str(value))


def _shown(path: tuple[str, ...]) -> str:
    return pointer.join([HIDDEN if len(step) > SHOWN_KEY or detect(step) else step for step in path])


def readings(text: str) -> list[str]:
    """The text as it is, without invisible characters, with look-alike forms folded, and with its escapes undone."""
    plain = INVISIBLE.sub("", text)
    folded = unicodedata.normalize("NFKC", plain).translate(_FULL_STOPS)
    undone = html.unescape(folded)
    return list(dict.fromkeys([text, plain, folded, undone, unquote(undone)]))
