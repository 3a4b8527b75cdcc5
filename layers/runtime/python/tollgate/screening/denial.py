"""Where a person says that something must not be done: what stands there is named, but not asked for."""

import re
from bisect import bisect_right

from tollgate.screening.text import normal

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|[\r\n]+")
_DENIAL = re.compile(
    r"\b(?:do not|don['\u2019]?t|never|must not|mustn['\u2019]t|should not|shouldn['\u2019]t|not to|except|avoid"
    r"|instead of|rather than|other than|not)\b(?! (?:forget|hesitate|worry|only|already|just|yet)\b)",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|instead(?! of)|only)\b", re.IGNORECASE)

"""`not` counts in "not to X" and "do not", and in "not X"; "not only" and "do not forget" deny nothing."""

Spans = tuple[tuple[int, int], ...]


def denied_spans(text: str) -> tuple[str, Spans]:
    """The text in normal form, and the parts of its sentences that stand behind a denial, up to the next `but`."""
    sentences = [part for part in map(normal, _SENTENCE.split(text)) if part]
    spans, start = [], 0
    for sentence in sentences:
        denial = _DENIAL.search(sentence)
        if denial:
            turn = _TURN.search(sentence, denial.end())
            spans.append((start + denial.start(), start + (turn.start() if turn else len(sentence))))
        start += len(sentence) + 1
    return " ".join(sentences), tuple(spans)


def is_denied(spans: Spans, at: int) -> bool:
    """Whether a position lies in a denied part."""
    behind = bisect_right(spans, (at, len(spans) + at + 1)) - 1
    return behind >= 0 and spans[behind][0] <= at < spans[behind][1]


def undenied(text: str, spans: Spans) -> str:
    """The text without its denied parts."""
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text)]
    return " ".join(text[start:end] for start, end in zip(starts, ends, strict=True))
