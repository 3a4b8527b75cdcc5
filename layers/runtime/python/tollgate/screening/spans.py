"""Parts of a text, and whether a position lies in any of them: found in logarithmic time, however many there are."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, order=True)
class Span:
    """From `start` to just before `end`."""

    start: int
    end: int


class Spans:
    """Any number of spans, overlapping or not."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.sorted = sorted(spans)
        self._starts = [span.start for span in self.sorted]
        self._reach = list(accumulate((span.end for span in self.sorted), max))

    def hold(self, at: int) -> bool:
        """Whether a position lies in one of them."""
        behind = bisect_right(self._starts, at) - 1
        return behind >= 0 and self._reach[behind] > at

    def hold_more_than(self, start: int, end: int) -> bool:
        """Whether one of them holds this part and more; they must not overlap."""
        behind = bisect_right(self._starts, start) - 1
        return behind >= 0 and self._reach[behind] > start and self.sorted[behind] != Span(start, end)


def without(text: str, spans: Iterable[Span]) -> str:
    """The text without these parts."""
    kept, end = [], 0
    for span in sorted(spans):
        kept.append(text[end : max(end, span.start)])
        end = max(end, span.end)
    return " ".join([*kept, text[end:]])
