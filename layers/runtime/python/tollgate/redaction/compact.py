"""A text without what people change when they copy: case, white space, dashes, dots, commas, brackets."""

import re
from bisect import bisect_right
from dataclasses import dataclass

_KEPT = re.compile(r"[^\s\-./()_,'\u2019\u2010-\u2015]+")


def lowered(text: str) -> str:
    """Lower case, character by character, so that places stay places."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@dataclass(frozen=True)
class Compact:
    """The compact text, and where in the original each run of it began."""

    text: str
    _starts: list[int]
    _origins: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's part from the first to the last character of `text[start:end]`."""
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, place: int) -> int:
        run = bisect_right(self._starts, place) - 1
        return self._origins[run] + place - self._starts[run]


def compact(text: str) -> Compact:
    """Linear in the text."""
    parts, starts, origins, size = [], [], [], 0
    for run in _KEPT.finditer(lowered(text)):
        parts.append(run[0])
        starts.append(size)
        origins.append(run.start())
        size += len(run[0])
    return Compact("".join(parts), starts, origins)
