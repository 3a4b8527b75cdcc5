"""What stands around a value in a sentence, and whether that says what the value is.

`invoice 17`, `invoice no. 17`, `id: 17`, `"17"` and `#17` are explicit mentions of an invoice id; `within 17 days` is
not. English, deterministic, and strict: what is not recognised asks a person, it never runs.
"""

import re
from typing import Protocol

from tollgate.screening.words import GENERIC, stem

_WORD_BEFORE = re.compile(r"([\w$\u20ac\u00a3\u00a5#%-]+)[\s:=(,.]*$")
_WORD_AFTER = re.compile(r"[\s]*([\w%\u20ac$\u00a3\u00a5-]+)")
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_JOINING = "-_@+/\\&\u2010\u2011\u2013=%"
_LINKS = frozenset(
    {"is", "of", "to", "the", "a", "an", "with", "has", "equals", "by", "its", "whose", "and", "for", "as"}
)
FOLLOWERS = frozenset({
    "for", "to", "from", "and", "or", "on", "by", "please", "with", "in", "at", "of", "now", "as", "is",
    "today", "tomorrow", "via", "into", "before", "after", "if", "then", "when", "plus", "minus", "using",
    "back", "each", "total", "again", "out", "per", "because", "since", "until", "immediately", "asap", "thanks",
})  # fmt: skip
"""Words that may follow a number without making it a count of something."""
_BEFORE_NAMES = frozenset({
    "to", "in", "into", "on", "onto", "from", "at", "with", "for", "called", "named", "titled", "via", "by", "of", "as",
    "is", "be", "and", "or", "user", "person", "colleague", "contact",
})  # fmt: skip
_SCALES = frozenset({
    "hundred", "hundreds", "thousand", "thousands", "k", "million", "millions", "m", "mn", "mio", "mm", "billion", "bn",
    "trillion", "tn", "dozen", "lakh", "lakhs", "crore", "crores", "percent", "pct", "cents", "cent",
})  # fmt: skip
_WINDOW = 48


class Named(Protocol):
    """What a sentence may call a value."""

    @property
    def names(self) -> frozenset[str]: ...
    @property
    def verbs(self) -> frozenset[str]: ...


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the span is no part of a longer word, number, path or address."""
    return not (_joined(text, start - 1, start - 2) or _joined(text, end, end + 1))


def holds_alone(text: str, written: str) -> bool:
    """Whether the text holds what is written as words of their own."""
    at = text.find(written)
    while at >= 0:
        if stands_alone(text, at, at + len(written)):
            return True
        at = text.find(written, at + 1)
    return False


def _joined(text: str, near: int, far: int) -> bool:
    """Whether the character beside the span ties it to the one behind."""
    if not 0 <= near < len(text):
        return False
    beside, behind = text[near], text[far] if 0 <= far < len(text) else " "
    if beside.isalnum() or beside in _JOINING:
        return beside.isalnum() or behind.isalnum() or beside in "_@\\=%"
    if beside in ".":
        return behind.isalnum()
    return beside in ",:'\u2019" and behind.isdigit() and beside != "'"


def is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the span stands between quotation marks."""
    return start > 0 and end < len(text) and text[start - 1] in _QUOTES and text[end] in _QUOTES


def is_explicit(text: str, start: int, end: int, value: Named) -> bool:
    """Whether the sentence says that this span is the value's kind of thing."""
    if is_quoted(text, start, end) or (start and text[start - 1] == "#"):
        return True
    before = words_before(text, start)
    while before and before[0] in _LINKS:
        before = before[1:]
    if not before:
        return False
    if before[0] in GENERIC and before[1:2]:
        return before[1] in value.names or (before[1] in _LINKS and before[0] in value.names)
    if before[0] in value.names or before[0] in GENERIC:
        return True
    return before[0] in value.verbs and not counts(text, end)


def words_before(text: str, start: int, limit: int = 4) -> list[str]:
    """The stems of the words before a position, the nearest first."""
    found: list[str] = []
    rest = text[max(0, start - _WINDOW) : start]
    while len(found) < limit and (match := _WORD_BEFORE.search(rest)):
        word = match[1].lower()
        found.append(word if word in _LINKS else stem(word))
        rest = rest[: match.start()]
    return found


def is_scaled(text: str, end: int) -> bool:
    """Whether the word behind a number makes it another one: `10 million`, `3 dozen`."""
    after = _WORD_AFTER.match(text, end)
    return after is not None and after[1].lower() in _SCALES


def is_meant(text: str, start: int, end: int, value: Named) -> bool:
    """Whether a plain word is meant as a value: `in general`, `channel general`, `the general channel`, not `a general
    overview`. A capital says it is a name.
    """
    if text[start:end] != text[start:end].lower() or is_explicit(text, start, end, value):
        return True
    before, after = _WORD_BEFORE.search(text, max(0, start - _WINDOW), start), _WORD_AFTER.match(text, end)
    if before is None or before[1].lower() in _BEFORE_NAMES or before[0].endswith((",", ", ", ":", ": ", "(")):
        return True
    return after is not None and stem(after[1].lower()) in value.names


def counts(text: str, end: int) -> bool:
    """Whether the word behind a number makes it a count or a measure: `7 days`, `12 Elm Street`, `5%`."""
    after = _WORD_AFTER.match(text, end)
    return after is not None and not after[1].isdigit() and after[1].lower() not in FOLLOWERS
