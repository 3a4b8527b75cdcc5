"""Where a person says that something must not be done: what stands there is named, but not asked for."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tollgate.screening.sentences import Sentence
from tollgate.screening.spans import Span, Spans
from tollgate.screening.words import stem

_NOT = r"(?:not|n['\u2019]?t)"
_MODAL = r"(?:must|should|may|can|shall|will|could|would|is|are|was|were|has|have)"
_DONE = r"(?:be|been) \w*(?:ed|en|id|nt|ade|one|ught|old|pt|wn|un|et|ut)\b"
_EFFORTLESS = r"\b(?! (?:forget|hesitate|worry|only|already|just|yet)\b)"
"""`not only` and `do not forget` deny nothing."""

_DENIAL = re.compile(
    # what is said of a thing: "X must not be paid", "X is not ours"
    rf"(?P<passive>\b{_MODAL} ?{_NOT} (?:to )?{_DONE}|\b(?:cannot|never|no longer) (?:to )?{_DONE})"
    rf"|(?P<copula>\b(?:is|are|was|were) ?{_NOT}\b)"
    # what is said of oneself and others, as an excuse: up to the order that follows
    r"|(?P<excuse>\b(?:nobody|nothing|none|no one)\b|(?<!with )\bno(?= \w+ (?:to|for|from|of|on|into|at)\b)"
    r"|\b(?:i|we|he|she|they|you) (?:cannot|can['\u2019]?t|could ?n['\u2019]?t|won['\u2019]?t|will not|can not)\b"
    r"|\b(?:has|have|had|does|did|was)n['\u2019]?t\b)"
    # an order not to
    rf"|\b(?:not|dont|cannot|never|no longer|(?:do|ca|wo|must|should|would|could|sha)n['\u2019]?t){_EFFORTLESS}"
    r"|\bwithout(?= \w+ing\b)"
    r"|\b(?:except|excluding|exclude|avoid|instead of|rather than|other than|beware)\b"
    r"|(?<!the )(?<!bus )(?<!full )(?<!\ba )\b(?P<verb>stop|stopping|refuse|refusing|reject|rejecting|ignore|ignoring"
    r"|disregard|decline|prevent|omit|skip)\b(?!-)",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|instead(?! of)|only)\b", re.IGNORECASE)
_ORDERS = (
    "tell|let|write|send|email|mail|message|ping|remind|ask|pay|transfer|use|book|call|invite|add|move|cancel|delete"
    "|create|reply|answer|forward|post|share|schedule|set|make|give|inform|notify|update|find|check|get|put|show|read"
)
_ORDER = re.compile(
    r"\b(?:but|instead(?! of)|only)\b|(?:[,:;] | [-\u2013\u2014] |\b)(?=(?:so|then|please)\b)"
    rf"|(?:[,:;]| [-\u2013\u2014])(?= (?:just )?(?:{_ORDERS})\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Denial:
    """A denied part; `verb` is the stem of the word that denies it, where that is a verb which a tool may carry."""

    span: Span
    verb: str | None = None


class Denials:
    """What a text denies. `stop service X` denies X, but not to a tool whose verb is `stop`."""

    def __init__(self, sentences: Sequence[Sentence], quoted: Spans) -> None:
        self.all = tuple(_denied(sentences, quoted))
        self._by_verb = {
            verb: Spans(found.span for found in self.all if found.verb == verb)
            for verb in {found.verb for found in self.all}
        }

    def hold(self, at: int, verbs: Collection[str] = ()) -> bool:
        """Whether a position is denied to a tool of these verbs."""
        return any(spans.hold(at) for verb, spans in self._by_verb.items() if verb is None or verb not in verbs)


def _denied(sentences: Sequence[Sentence], quoted: Spans) -> Iterator[Denial]:
    """The denied parts: behind an order not to, up to the next `but`; behind an excuse, up to the order that follows;
    and all of a clause that says of something that it must not be done, or is not so.

    `Never pay these:` denies the lines that follow, as long as they are a list, or the one that follows.
    """
    carried, lines = False, 0
    for sentence in sentences:
        lines += sentence.opens
        if carried and (sentence.listed or lines <= 1):
            yield Denial(Span(sentence.start, sentence.end))
            continue
        spans = list(_spans(sentence, quoted))
        yield from spans
        carried = bool(spans) and sentence.text.endswith(":") and spans[-1].span.end == sentence.end
        lines = 0


def _spans(sentence: Sentence, quoted: Spans) -> Iterator[Denial]:
    """The denied parts of one sentence. What a quoted text denies concerns nobody."""
    clause = 0
    while denial := _DENIAL.search(sentence.text, clause):
        if quoted.hold(sentence.start + denial.start()):
            clause = denial.end()
            continue
        ends = _ORDER if denial["excuse"] or denial["copula"] else _TURN
        turn = ends.search(sentence.text, denial.end())
        start = clause if denial["passive"] or denial["copula"] else denial.start()
        verb = stem(denial["verb"].lower()) if denial["verb"] else None
        end = turn.start() if turn else len(sentence.text)
        yield Denial(Span(sentence.start + start, sentence.start + end), verb)
        if turn is None:
            return
        clause = max(turn.end(), denial.end())
