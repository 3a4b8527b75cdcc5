"""Text as a person sees it: characters that only programs see are taken out, and what was taken out is noted.

A document keeps its bytes for the tools that read it; the cleaned copy is what goes into prompts and checks.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

from tollgate.definitions import pointer
from tollgate.screening.text import INVISIBLE

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def cleaned_document(text: str) -> str:
    """Without invisible characters; nothing else changes."""
    return text if text.isascii() else INVISIBLE.sub("", text)


def cleaned_instruction(text: str) -> str:
    """Without invisible characters and with compatibility forms folded (NFKC), so that it reads as it looks."""
    return text if text.isascii() else INVISIBLE.sub("", unicodedata.normalize("NFKC", INVISIBLE.sub("", text)))


def removed(text: str) -> Counter[str]:
    """How many characters of which class the cleaning takes out."""
    return Counter() if text.isascii() else Counter(_class(character) for character in INVISIBLE.findall(text))


def hidden_message(text: str) -> str:
    """What is written in tag characters, which mirror ASCII invisibly (U+E0020 to U+E007E); empty where nothing is.

    Three flags (England, Scotland, Wales) are spelt with tags behind a black flag; those are not hidden.
    """
    if text.isascii():
        return ""
    letters, in_flag = [], False
    for character in text:
        if character == "\U0001f3f4":
            in_flag = True
        elif "\U000e0020" <= character <= "\U000e007e":
            letters.append("" if in_flag else chr(ord(character) - 0xE0000))
        else:
            in_flag = False
    return "".join(letters)


def mapped(value: Any, clean: Callable[[str], str]) -> Any:
    """The value with every text in it cleaned; keys are names and stay."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [mapped(inner, clean) for inner in value]
    if isinstance(value, dict):
        return {key: mapped(inner, clean) for key, inner in value.items()}
    return value


def texts(value: Any, at: str = "") -> list[tuple[str, str]]:
    """Every text in a value, with its JSON Pointer."""
    if isinstance(value, str):
        return [(at, value)]
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in texts(inner, pointer.child(at, key))]
    if isinstance(value, list):
        return [found for index, inner in enumerate(value) for found in texts(inner, pointer.child(at, index))]
    return []


def _class(character: str) -> str:
    if character >= "\U000e0000":
        return "tag" if character < "\U000e0100" else "variation"
    if character in _BIDI:
        return "bidirectional"
    return "variation" if "\ufe00" <= character <= "\ufe0f" or "\u180b" <= character <= "\u180f" else "zero-width"
