"""A text as sentences: what belongs together when a person says something, and which of it is somebody else's text.

Boundaries are set rather too seldom: a longer sentence denies more, and what is denied asks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tollgate.screening.text import normal

_END = re.compile(r"(?<=[!?])\s+|(?<=\.)\s+(?=[^a-z0-9])")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:no|nr|acct|ref|e\.g|i\.e|mr|mrs|ms|dr|inc|ltd|st|vs|approx|ca|fig|tel|art|etc|resp|incl)\.$",
    re.IGNORECASE,
)
_FENCES = ("```", "~~~", '"""', "---", "===", "***")
_LISTED = re.compile(r"\s*(?:[-*\u2022\u2013+]|\d{1,3}[.)])\s")


@dataclass(frozen=True)
class Sentence:
    """One sentence in normal form; `start` is its place in the whole. `listed`: an item of a list.

    `quoted`: in lines that were pasted, behind `>` or between fences. `opens`: the first of its line.
    """

    text: str
    start: int
    listed: bool
    quoted: bool
    opens: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sentences(text: str) -> list[Sentence]:
    """The sentences in order; joined by single spaces they are the whole text in normal form."""
    found: list[Sentence] = []
    start = 0
    for line, quoted in _lines(text):
        listed = _LISTED.match(line) is not None
        for index, part in enumerate(_parts(line)):
            found.append(Sentence(part, start, listed, quoted, index == 0))
            start += len(part) + 1
    return found


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Every line, and whether it was pasted. A fence that is never closed quotes nothing."""
    lines = re.split(r"[\r\n\u2028\u2029\v\f]+", text)
    fence = [next((mark for mark in _FENCES if line.strip().startswith(mark)), None) for line in lines]
    left = {mark: fence.count(mark) for mark in _FENCES}
    open_: str | None = None
    for line, mark in zip(lines, fence, strict=True):
        if mark is not None:
            left[mark] -= 1
            if open_ == mark:
                open_ = None
            elif open_ is None and left[mark] > 0:
                open_ = mark
        yield line, open_ is not None or line.lstrip().startswith(">")


def _parts(line: str) -> Iterator[str]:
    """The sentences of one line."""
    kept = ""
    for part in map(normal, _END.split(line)):
        kept = f"{kept} {part}" if kept and part else kept or part
        if kept and not _ABBREVIATED.search(kept[-8:]):
            yield kept
            kept = ""
    if kept:
        yield kept
