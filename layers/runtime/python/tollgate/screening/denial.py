"""Where a person says that something must not be done: what stands there is named, but not asked for."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tollgate.screening.sentences import Sentence
from tollgate.screening.spans import Span, Spans
from tollgate.screening.words import stem

_NOT = r"(?:not|n['\u2019]?t)"
_MODAL = r"(?:must|should|may|can|shall|will|could|would|is|are|was|were|has|have)"
_CUT = r"(?:do|does|did|ca|wo|is|are|was|were|has|have|had|must|should|would|could|sha)n['\u2019]?t"
_EFFORTLESS = r"\b(?! (?:forget|hesitate|worry|only|already|just|yet)\b)"
"""`not only` and `do not forget` deny nothing."""

_DENIAL = re.compile(
    rf"(?P<passive>\b{_MODAL} ?{_NOT} (?:to )?(?:be|been)\b"
    r"|\b(?:cannot|never|no longer) (?:to )?be\b)"
    rf"|\b(?:not|dont|cannot|never|nobody|nothing|none|no one|no longer|{_CUT}){_EFFORTLESS}"
    r"|\bno(?= \w+ (?:to|for|from|with|of|on|into|at)\b)|\bwithout(?= \w+ing\b)"
    r"|\b(?:except|excluding|exclude|avoid|instead of|rather than|other than|beware)\b"
    r"|(?<!the )(?<!bus )(?<!full )(?<!\ba )\b(?P<verb>stop|stopping|refuse|refusing|reject|rejecting|ignore|ignoring"
    r"|disregard|decline|prevent|omit|skip)\b(?!-)",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|instead(?! of)|only)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Denial:
    """A denied part; `verb` is the stem of the word that denies it, where that is a verb which a tool may carry."""

    span: Span
    verb: str | None = None


class Denials:
    """What a text denies. `stop service X` denies X, but not to a tool whose verb is `stop`."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.all = tuple(_denied(sentences))
        self._by_verb = {
            verb: Spans(found.span for found in self.all if found.verb == verb)
            for verb in {found.verb for found in self.all}
        }

    def hold(self, at: int, verbs: Collection[str] = ()) -> bool:
        """Whether a position is denied to a tool of these verbs."""
        return any(spans.hold(at) for verb, spans in self._by_verb.items() if verb is None or verb not in verbs)


def _denied(sentences: Sequence[Sentence]) -> Iterator[Denial]:
    """The denied parts: behind a denial up to the next `but`; all of a clause whose verb is denied in the passive.

    `Never pay these:` denies the lines that follow, as long as they are a list, or the one that follows.
    """
    carried, lines = False, 0
    for sentence in sentences:
        lines += sentence.opens
        if carried and (sentence.listed or lines <= 1):
            yield Denial(Span(sentence.start, sentence.end))
            continue
        spans = list(_spans(sentence))
        yield from spans
        carried = bool(spans) and sentence.text.endswith(":") and spans[-1].span.end == sentence.end
        lines = 0


def _spans(sentence: Sentence) -> Iterator[Denial]:
    clause = 0
    while denial := _DENIAL.search(sentence.text, clause):
        turn = _TURN.search(sentence.text, denial.end())
        start = clause if denial["passive"] else denial.start()
        verb = stem(denial["verb"].lower()) if denial["verb"] else None
        end = turn.start() if turn else len(sentence.text)
        yield Denial(Span(sentence.start + start, sentence.start + end), verb)
        if turn is None:
            return
        clause = turn.end()
