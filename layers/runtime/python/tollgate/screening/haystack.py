"""Text that vouches for nothing, indexed by word: to tell a person where an argument came from."""

import re
from typing import NamedTuple

from tollgate.screening.sinks import Value
from tollgate.screening.surroundings import holds_alone
from tollgate.screening.text import folded, normal, squeezed

_WORD = re.compile(r"[^\W_]+")
LOOKED_UP = 60
"""Characters of a long text whose words narrow the search; the whole is compared afterwards."""
GROUP = 4
"""Characters that stand together in a printed account number."""


class Place(NamedTuple):
    """A text by kind (`document`, `tool`, `instruction`) and name."""

    kind: str
    name: str


class Haystack:
    """Texts in order. Adding is linear in the text; finding costs what the value and its candidates cost."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._plain: list[str] = []
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
        return self._places[min(found)] if found else None

    def _first(self, written: str) -> int | None:
        words = _WORD.findall(written, 0, LOOKED_UP)
        rarest = min((self._words.get(word, []) for word in words), key=len, default=[])
        return next((number for number in rarest if holds_alone(self._plain[number], written)), None)


def _ways(value: Value) -> list[str]:
    """How the value may be written: as it is, an account also in groups, an amount also with cents and separators."""
    plain = folded(normal(str(value.raw)))
    ways = [plain]
    if value.kind in ("iban", "account"):
        tight = squeezed(plain)
        groups = [tight[at : at + GROUP] for at in range(0, len(tight), GROUP)]
        ways += [tight, " ".join(groups), "-".join(groups)]
    kind, _, form = (value.canonical or "").partition(":")
    if kind == "decimal":
        ways += [form, *_with_cents(form)]
    return [way for way in dict.fromkeys(ways) if way]


def _with_cents(number: str) -> list[str]:
    whole, _, fraction = number.partition(".")
    cents, english = fraction.ljust(2, "0"), f"{int(whole):,}"
    german = english.replace(",", ".")
    return [f"{whole}.{cents}", f"{whole},{cents}", f"{english}.{cents}", f"{german},{cents}"]
