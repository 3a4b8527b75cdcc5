"""Text that vouches for nothing, indexed by word: to tell a person where an argument came from."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tollgate.screening.sinks import Value
from tollgate.screening.text import folded, normal, squeezed

_WORD = re.compile(r"[^\W_]+")
TIGHT_FROM = 8
"""Characters of an account from which it is looked for however it is grouped."""


class Place(NamedTuple):
    """A text by kind (`document`, `tool`, `instruction`) and name."""

    kind: str
    name: str


class Haystack:
    """Texts in order. Adding is linear in the text; finding costs what the value and its candidates cost."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._plain: list[str] = []
        self._tight: list[str] = []
        self._words: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def add(self, place: Place, text: str) -> None:
        """Takes in the next text."""
        number = len(self._places)
        plain = folded(normal(text))
        self._places.append(place)
        self._plain.append(plain)
        for word in set(_WORD.findall(plain)):
            self._words.setdefault(word, []).append(number)

    def place_of(self, value: Value) -> Place | None:
        """The first text that holds the value, in one of the ways to write it."""
        found = [number for written in _ways(value) if (number := self._first(written)) is not None]
        if value.kind in ("iban", "account"):
            found.extend(self._grouped(squeezed(str(value.raw))))
        return self._places[min(found)] if found else None

    def _first(self, written: str) -> int | None:
        words = _WORD.findall(written)
        rarest = min((self._words.get(word, []) for word in words), key=len, default=[])
        return next((number for number in rarest if _stands(written, self._plain[number])), None)

    def _grouped(self, tight: str) -> Iterator[int]:
        if len(tight) < TIGHT_FROM:
            return
        self._tight.extend(squeezed(plain) for plain in self._plain[len(self._tight) :])
        yield from (number for number, text in enumerate(self._tight) if tight in text)


def _stands(written: str, text: str) -> bool:
    """Whether the value stands in the text as words of its own."""
    at = text.find(written)
    while at >= 0:
        end = at + len(written)
        if not (text[max(0, at - 1) : at].isalnum() or text[end : end + 1].isalnum()):
            return True
        at = text.find(written, at + 1)
    return False


def _ways(value: Value) -> list[str]:
    """How the value may be written: as it is, and an amount also with two decimals and separators."""
    plain = folded(normal(str(value.raw)))
    form = value.canonical or ""
    if value.kind != "decimal" or not form.startswith("decimal:"):
        return [plain] if plain else []
    number = form.removeprefix("decimal:")
    whole, _, fraction = number.partition(".")
    cents = fraction.ljust(2, "0")
    english = f"{int(whole):,}"
    german = english.replace(",", ".")
    ways = (plain, number, f"{whole}.{cents}", f"{whole},{cents}", f"{english}.{cents}", f"{german},{cents}")
    return list(dict.fromkeys(ways))
