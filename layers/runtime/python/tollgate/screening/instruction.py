"""Which values a person named: the one text that vouches by being typed.

A value is named where it stands as a word of its own, not denied in its sentence ("do not pay ..."), and, if it is
short, a number or a common word, where the sentence says what it stands for ("invoice 17", "250 EUR", "channel
general"), because otherwise any 7 in the text would vouch for any id 7. For an effect it must be asked for as well:
what stands in a quoted mail or in a question is not.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal

from tollgate.screening import hearsay, sentences
from tollgate.screening.denial import Denials
from tollgate.screening.formats import date, email, forms, iban, url
from tollgate.screening.formats.text import is_words
from tollgate.screening.identifiers import iban_places, written_ibans
from tollgate.screening.money import Amount, amounts
from tollgate.screening.pairing import belong_together
from tollgate.screening.sinks import Value
from tollgate.screening.spans import Span, Spans, without
from tollgate.screening.surroundings import is_explicit, is_meant, is_scaled, stands_alone
from tollgate.screening.text import folded
from tollgate.screening.words import words

Purpose = Literal["effect", "lookup", "text"]
"""What a value is for: to be acted on, to be looked up, to stand in a text that is sent. Each takes what the next one
takes, or less: a question names nothing to act on, a quotation nothing to look up."""

SHORT = 4
"""Characters. A shorter value needs an explicit mention."""

_SHAPES: dict[str, tuple[re.Pattern[str], Callable[[str], str | None]]] = {
    "email": (re.compile(email.SHAPE), email.canonical),
    "url": (re.compile(url.SHAPE, re.IGNORECASE), url.canonical),
    "date": (date.ANYWHERE, date.canonical),
}
_PUNCTUATION = ".,;:!?)'\"`*"
_SEPARATORS = " -./"
_NUMERIC = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class Instruction:
    """One text as typed. Every search is linear in the text."""

    def __init__(self, text: str) -> None:
        found = sentences.sentences(text)
        self.text = " ".join(sentence.text for sentence in found)
        self._asked = Spans(hearsay.questions(found))
        self._quoted = Spans(hearsay.quotations(self.text, found))
        self._denied = Denials(found, self._quoted)
        self._folded = folded(self.text)
        self._kept: dict[tuple[Value, Purpose], bool] = {}

    def names(self, value: Value, purpose: Purpose = "effect") -> bool:
        """Whether the person named this value for such a purpose, and did not deny it."""
        kept = self._kept.get((value, purpose))
        if kept is None:
            kept = any(self._stands(start, value, purpose) for start in self._mentions(value))
            self._kept[value, purpose] = kept
        return kept

    def names_together(self, group: Sequence[Value], purpose: Purpose = "effect") -> bool:
        """Whether the person named every value of the group, and as belonging together."""
        if not all(self.names(value, purpose) for value in group):
            return False
        return len(group) < 2 or belong_together([_told(value.canonical or "") for value in group], self._listed)

    def denies(self, value: Value) -> bool:
        """Whether every mention of the value, and there is one, is a denial."""
        places = list(self._mentions(value))
        return bool(places) and all(self._denied.hold(start, value.verbs) for start in places)

    def _stands(self, start: int, value: Value, purpose: Purpose) -> bool:
        """Whether what is said at a place is said for this purpose."""
        if self._denied.hold(start, value.verbs) or (purpose == "effect" and self._asked.hold(start)):
            return False
        return purpose == "text" or not self._quoted.hold(start) or self._is_quoted_whole(start, value)

    def _is_quoted_whole(self, start: int, value: Value) -> bool:
        """Whether a quotation that begins here is the value itself: a long title is named by quoting it."""
        ends = [span.end for span in self._quoted.sorted if span.start == start]
        return any(forms.canonical(value.kind, self.text[start:end]) == value.canonical for end in ends)

    @cached_property
    def _listed(self) -> dict[str, list[str]]:
        """What the text names of each kind, in order."""
        ibans = (iban.canonical(found) for found in written_ibans(self.text))
        in_order = {
            kind: sorted((at, form) for form, places in forms.items() for at in places)
            for kind, forms in self._shaped.items()
        }
        return {
            "iban": [form for form in ibans if form is not None],
            "decimal": [amount.number for amount in self._amounts if amount.currency is not None],
            **{kind: [form for _, form in places] for kind, places in in_order.items() if kind != "date"},
        }

    def words(self, verb: str) -> frozenset[str]:
        """The stems of all words that ask for something; `verb` is the tool's, which denies nothing where it stands."""
        denied = [denial.span for denial in self._denied.all if denial.verb != verb]
        return frozenset(words(without(self.text, [*denied, *self._asked.sorted, *self._quoted.sorted])))

    def _mentions(self, value: Value) -> Iterator[int]:
        """Where the value is named."""
        kind, _, form = (value.canonical or ":").partition(":")
        if kind == "decimal":
            return (a.start for a in self._amounts if a.number == form and a.stands_for(value, value.currency))
        if kind == "currency":
            return chain((a.start for a in self._amounts if a.currency == form), self._written(form, value))
        if kind in ("iban", "account"):
            return self._grouped(form, value)
        if kind in _SHAPES:
            return iter(self._shaped[kind].get(form, ()))
        return self._written(form, value)

    @cached_property
    def _accounts(self) -> Spans:
        """Where accounts stand: one group of such a number is no word of its own."""
        return Spans(Span(start, end) for start, end in iban_places(self.text))

    @cached_property
    def _amounts(self) -> list[Amount]:
        return amounts(self.text)

    @cached_property
    def _shaped(self) -> dict[str, dict[str, list[int]]]:
        """E-mail addresses, web addresses and dates of the text by canonical form."""
        found: dict[str, dict[str, list[int]]] = {kind: {} for kind in _SHAPES}
        for kind, (shape, canonical) in _SHAPES.items():
            for match in shape.finditer(self.text):
                form = canonical(match[0].strip(_PUNCTUATION))
                if form is not None:
                    found[kind].setdefault(form, []).append(match.start())
        for at, form in date.ranges(self.text):
            found["date"].setdefault(form, []).append(at)
        return found

    @cached_property
    def _squeezed(self) -> tuple[str, list[int]]:
        """The text without separators inside runs, in upper case, and where each character stood."""
        kept = [(c, i) for i, c in enumerate(self.text) if c not in _SEPARATORS]
        return "".join(c for c, _ in kept).upper(), [i for _, i in kept]

    def _grouped(self, form: str, value: Value) -> Iterator[int]:
        """Accounts however they are grouped: `DE89 3704 0044 ...`."""
        text, places = self._squeezed
        if len(text) != len(places):
            return
        at = text.find(form)
        while form and at >= 0:
            start, end = places[at], places[at + len(form) - 1] + 1
            if self._is_whole(start, end) and (len(form) >= 6 or is_explicit(self.text, start, end, value)):
                yield start
            at = text.find(form, at + 1)

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether no group of the same account stands before or behind the span."""
        if not stands_alone(self.text, start, end):
            return False
        inner = self.text[start:end]
        if not any(separator in inner for separator in _SEPARATORS):
            return True
        before, after = self.text[max(0, start - 2) : start], self.text[end : end + 2]
        return not (before[:1].isdigit() and before[1:] in _SEPARATORS) and not (
            after[:1] in _SEPARATORS and after[1:].isdigit()
        )

    def _written(self, form: str, value: Value) -> Iterator[int]:
        """The text as it stands, between word boundaries; words of letters in any case."""
        text, numeric = self._folded if is_words(form) else self.text, _NUMERIC.fullmatch(form) is not None
        at = text.find(form) if form else -1
        while at >= 0:
            end = at + len(form)
            whole = stands_alone(self.text, at, end) and not self._accounts.hold_more_than(at, end)
            if whole and self._is_said(form, at, end, value, numeric=numeric):
                yield at
            at = text.find(form, at + 1)
        if numeric:
            yield from (a.start for a in self._amounts if a.number == form and self._is_amount(a, value))

    def _is_said(self, form: str, at: int, end: int, value: Value, *, numeric: bool) -> bool:
        """Whether the sentence means these characters as the value: the plainer they are, the more it has to say."""
        if numeric:
            return is_explicit(self.text, at, end, value) and not is_scaled(self.text, end)
        if len(form) < SHORT and not (form.isalpha() and form[0].isupper()):
            return is_explicit(self.text, at, end, value)
        return not form.isalpha() or is_meant(self.text, at, end, value)

    @staticmethod
    def _is_amount(amount: Amount, value: Value) -> bool:
        """A number without a declared format is an amount where it has a fraction or the sentence gives a currency."""
        return amount.currency is not None or (isinstance(value.raw, float) and amount.stands_for(value, None))


@lru_cache(maxsize=4096)
def _told(canonical: str) -> tuple[str, str]:
    """Kind and form of a value; text that looks like an account, an address or an amount counts as one."""
    kind, _, form = canonical.partition(":")
    if kind != "text":
        return kind, form
    if _NUMERIC.fullmatch(form):
        return "decimal", form
    shaped = ((forms.canonical(name, form) or "").partition(":") for name in ("iban", "email"))
    return next(((name, found) for name, _, found in shaped if name not in ("", "text")), (kind, form))
