"""What a detector is: a name, a shape, and what must hold of a match. It looks at text alone and knows no policy."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["secret", "personal"]

START = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrtbf]))"
"""The start of a word, also behind an escaped line break: `\\nAKIA...` is how JSON writes a key on its own line."""


@dataclass(frozen=True, order=True)
class Finding:
    """`text[start:end]` is what the detector of this name stands for."""

    start: int
    end: int
    detector: str
    kind: Kind


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class Detector:
    """Time linear in the text: the pattern runs only where a hint occurs, and every quantifier has a bound or is
    possessive behind a start that cannot move. A hint in lower case stands for every case of it; no hint means that the
    pattern always runs. `anchored`: a match starts with a hint as it is written, so nothing else need be looked at.

    What counts is the group `value` where the pattern has one; `confirm` sees exactly that (a checksum, a placeholder).
    """

    name: str
    kind: Kind
    hints: tuple[str, ...]
    shape: str
    confirm: Callable[[str], bool] = _always
    anchored: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled on first use: all of them together would cost every cold start 20 ms, and most are never needed."""
        return re.compile(self.shape)

    def find(self, text: str, lowered: str) -> Iterator[Finding]:
        """Every confirmed match."""
        for match in self._matches(text, lowered):
            start, end = match.span("value" if "value" in match.re.groupindex else 0)
            if self.confirm(text[start:end]):
                yield Finding(start, end, self.name, self.kind)

    def _matches(self, text: str, lowered: str) -> Iterator[re.Match[str]]:
        if self.anchored:
            for hint in self.hints:
                yield from self._from(text, hint)
        elif not self.hints or any(hint in (lowered if hint.islower() else text) for hint in self.hints):
            yield from self.pattern.finditer(text)

    def _from(self, text: str, hint: str) -> Iterator[re.Match[str]]:
        place = text.find(hint)
        while place >= 0:
            match = self.pattern.match(text, place)
            if match:
                yield match
            place = text.find(hint, match.end() if match else place + len(hint))
