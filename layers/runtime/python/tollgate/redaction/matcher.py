"""Finds known values in a text, however they were copied: with other spacing or case, cut off, escaped, embedded.

Time linear in the text, whatever the number of values (Aho-Corasick over their beginnings; the rest is compared in
place). Three sizes of value, by letters and digits that carry it:

- under 4: not looked for; `no`, `DE` or `42` would black out half of every text.
- 4 to 7: only as a word of its own.
- 8 and more: anywhere, whatever separates its characters. Of a longer one a beginning is enough: 32 characters, half
  of it, or as much as stands before an ellipsis or the end.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tollgate.redaction.compact import compact, lowered
from tollgate.redaction.written_forms import lines, written_forms

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

LEAST = 4
LONG = 8
BEGINNING = 16
ENOUGH = 32
COMPARED = 1024
"""Characters of a text that are compared to choose among values which begin alike."""

_WORD = re.compile(r"\w")


@dataclass(frozen=True, order=True)
class Hit:
    """`text[start:end]` belongs to the value of this label."""

    start: int
    end: int
    label: str


class Matcher:
    """The values of one execution or one process, each with what its mask says. Immutable."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._short: dict[str, str] = {}
        long: dict[str, str] = {}
        for value, label in values.items():
            for line in lines(value):
                forms = written_forms(line) if len(compact(line).text) >= LEAST else []
                for form in forms:
                    self._sort(form, label, long)
        self._long = dict(sorted(long.items()))

    def __bool__(self) -> bool:
        return bool(self._short or self._long)

    def hits(self, text: str) -> list[Hit]:
        """Every place of a value, from left to right; overlapping ones are one."""
        if not self:
            return []
        found = sorted([*self._words(text), *self._parts(text)])
        return list(joined(found))

    def _sort(self, form: str, label: str, long: dict[str, str]) -> None:
        dense = compact(form).text
        if len(dense) >= LONG:
            long.setdefault(dense, label)
        elif len(dense) >= LEAST:
            self._short.setdefault(lowered(form.strip()), label)

    def _words(self, text: str) -> Iterator[Hit]:
        """Short values between characters that are no part of a word."""
        if not self._short:
            return
        low, labels = lowered(text), list(self._short.values())
        for number, start, end in self._short_words.find_matches_as_indexes(low, overlapping=True):
            if _is_apart(low, start, end):
                yield Hit(start, end, labels[number])

    def _parts(self, text: str) -> Iterator[Hit]:
        """Long values, and beginnings of them, in the compact text."""
        if not self._long:
            return
        dense, done = compact(text), 0
        for start in sorted({match[1] for match in self._starts(dense.text)}):
            # What begins inside of a hit is followed a little way only, or a text of one letter would cost its square.
            reach = COMPARED if start < done else len(dense.text)
            value, length = self._most_alike(dense.text, start, reach)
            if length < len(value) and not _is_enough(value, length, text, dense.span(start, start + length)[1]):
                value, length = self._whole_inside(value, length)
            if length:
                done = max(done, start + length)
                yield Hit(*dense.span(start, start + length), self._long[value])

    def _starts(self, dense: str) -> Iterable[tuple[int, int, int]]:
        return self._beginnings.find_matches_as_indexes(dense, overlapping=True)

    def _most_alike(self, dense: str, start: int, reach: int) -> tuple[str, int]:
        """The value that the text follows for longest, and for how long."""
        place = bisect_left(self._sorted, dense[start : start + COMPARED])
        near = self._sorted[max(0, place - 1) : place + 1]
        return max(((value, _alike(value, dense, start, reach)) for value in near), key=lambda pair: pair[1])

    def _whole_inside(self, value: str, length: int) -> tuple[str, int]:
        """The longest value that is a beginning of this one and stands there whole; length 0 for none."""
        shorter = self._inside[value]
        while shorter and len(shorter) > length:
            shorter = self._inside[shorter]
        return shorter, len(shorter)

    @cached_property
    def _sorted(self) -> list[str]:
        return list(self._long)

    @cached_property
    def _inside(self) -> dict[str, str]:
        """Each value -> the longest other value that it begins with, or nothing."""
        inside: dict[str, str] = {}
        for before, value in zip(["", *self._sorted], self._sorted, strict=False):
            while before and not value.startswith(before):
                before = inside[before]
            inside[value] = before
        return inside

    @cached_property
    def _beginnings(self) -> "AhoCorasick":
        return _automaton(dict.fromkeys(value[:BEGINNING] for value in self._long))

    @cached_property
    def _short_words(self) -> "AhoCorasick":
        return _automaton(self._short)


def _automaton(patterns: Iterable[str]) -> "AhoCorasick":
    from ahocorasick_rs import AhoCorasick, MatchKind  # where nothing is to be found nothing is loaded

    return AhoCorasick(list(patterns), matchkind=MatchKind.Standard)


def _alike(value: str, dense: str, start: int, reach: int) -> int:
    """How many characters of the value stand at this place; doubling, so that the cost is that of what is alike."""
    known, step, most = 0, BEGINNING, min(len(value), reach)
    while known < most:
        size = min(step, most - known)
        if not dense.startswith(value[known : known + size], start + known):
            return known + _first_difference(value, dense, known, start + known, size)
        known, step = known + size, step * 2
    return known


def _first_difference(value: str, dense: str, at: int, place: int, size: int) -> int:
    low, high = 0, size - 1
    while low < high:
        middle = (low + high + 1) // 2
        if dense.startswith(value[at : at + middle], place):
            low = middle
        else:
            high = middle - 1
    return low


def _is_apart(text: str, start: int, end: int) -> bool:
    before = _WORD.match(text, start - 1) if start and _WORD.match(text, start) else None
    after = _WORD.match(text, end) if _WORD.match(text, end - 1) else None
    return before is None and after is None


def _is_enough(value: str, length: int, text: str, end: int) -> bool:
    """Whether so long a beginning gives the value away, or is all that somebody left of it."""
    rest = text[end : end + 4].lstrip()
    return length >= min(ENOUGH, len(value) / 2) or not rest or rest.startswith(("…", "...", "[", "(+"))


def joined(hits: list[Hit]) -> Iterator[Hit]:
    """Hits in order, those that overlap as one, named by the first."""
    current: Hit | None = None
    for hit in hits:
        if current and hit.start < current.end:
            current = Hit(current.start, max(current.end, hit.end), current.label)
        else:
            if current:
                yield current
            current = hit
    if current:
        yield current
