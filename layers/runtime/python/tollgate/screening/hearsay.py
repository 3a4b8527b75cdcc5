"""What a person says without asking for it: text that they quote, and questions that they ask.

A quoted mail is as trustworthy as its writer; "did we pay X?" is no order to pay X. Short quotes stand: `"old.txt"` is
how one names a thing.
"""

import re
from collections.abc import Iterator, Sequence

from tollgate.screening.sentences import Sentence
from tollgate.screening.spans import Span

NAME_WORDS = 8
"""A quotation of more words is a text, not a name."""

_PAIRS = (
    ('"', '"'),
    ("'", "'"),
    ("\u201c", "\u201d"),
    ("\u2018", "\u2019"),
    ("\u00ab", "\u00bb"),
    ("\u201e", "\u201c"),
)
_QUESTION = re.compile(
    r"(?:(?:hi|hello|hey|and|so|ok|well)\b[,!]? ?){0,3}"
    r"(?:who|whom|whose|what|when|where|which|why|how|(?:did|does|do|is|are|was|were|has|have|had)(?:n['\u2019]t)?)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\b(?:(?:can|could|would|will) you|please|do you mind|how about|what about)\b", re.IGNORECASE)


def questions(sentences: Sequence[Sentence]) -> Iterator[Span]:
    """Sentences that ask for words, not for deeds: `Is X paid?`, but not `Can you pay X?`."""
    for sentence in sentences:
        text = sentence.text
        if text.endswith("?") and _QUESTION.match(text) and not _REQUEST.search(text):
            yield Span(sentence.start, sentence.end)


def quotations(text: str, sentences: Sequence[Sentence]) -> Iterator[Span]:
    """Pasted lines, and what stands between quotation marks and is longer than a name."""
    yield from (Span(sentence.start, sentence.end) for sentence in sentences if sentence.quoted)
    for opening, closing in _PAIRS:
        for start, end in _pairs(text, opening, closing):
            if len(text[start:end].split()) > NAME_WORDS:
                yield Span(start, end)


def _pairs(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """What stands between marks that open at the beginning of a word and close at the end of one."""
    start = -1
    for match in re.finditer(f"[{opening}{closing}]", text):
        at = match.start()
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        if start < 0:
            start = at + 1 if text[at] == opening and not before.isalnum() else -1
        elif text[at] == closing and not after.isalnum() and not before.isspace():
            yield start, at
            start = -1
