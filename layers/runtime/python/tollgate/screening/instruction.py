"""Which values a person named: the one text that vouches by being typed.

A value is named where it stands as a word of its own, not denied in its sentence ("do not pay ..."), and, if it is
short or a number, where the sentence says what it stands for ("invoice 17", "250 EUR"), because otherwise any 7 in
the text would vouch for any id 7.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from tollgate.screening.denial import denied_spans, is_denied, undenied
from tollgate.screening.formats import date, email, iban, url
from tollgate.screening.formats.text import is_words
from tollgate.screening.identifiers import written_ibans
from tollgate.screening.money import Amount, amounts
from tollgate.screening.pairing import belong_together
from tollgate.screening.sinks import Value
from tollgate.screening.surroundings import is_explicit, stands_alone
from tollgate.screening.text import folded
from tollgate.screening.words import words

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
        self.text, self._denied = denied_spans(text)
        self._folded = folded(self.text)
        self._kept: dict[Value, bool] = {}

    def names(self, value: Value) -> bool:
        """Whether the person named this value and did not deny it."""
        if value not in self._kept:
            self._kept[value] = any(not is_denied(self._denied, start) for start in self._mentions(value))
        return self._kept[value]

    def names_together(self, group: Sequence[Value]) -> bool:
        """Whether the person named every value of the group, and as belonging together."""
        if not all(self.names(value) for value in group):
            return False
        if len(group) < 2:
            return True
        forms = [(value.canonical or "").partition(":") for value in group]
        return belong_together([(kind, form) for kind, _, form in forms], self._listed)

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

    @cached_property
    def words(self) -> frozenset[str]:
        """The stems of all words that are not denied."""
        return frozenset(words(undenied(self.text, self._denied)))

    def _mentions(self, value: Value) -> Iterator[int]:
        """Where the value is named."""
        kind, _, form = (value.canonical or ":").partition(":")
        if kind == "decimal":
            return (a.start for a in self._amounts if a.number == form and a.stands_for(value, value.currency))
        if kind in ("iban", "account"):
            return self._grouped(form, value)
        if kind in _SHAPES:
            return iter(self._shaped[kind].get(form, ()))
        return self._written(form, value)

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
        text = self._folded if is_words(form) else self.text
        numeric = _NUMERIC.fullmatch(form) is not None
        clear = not numeric and (len(form) >= SHORT or (form.isalpha() and form[0].isupper()))
        at = text.find(form) if form else -1
        while at >= 0:
            end = at + len(form)
            if stands_alone(self.text, at, end) and (clear or is_explicit(self.text, at, end, value)):
                yield at
            at = text.find(form, at + 1)
        if numeric:
            yield from (a.start for a in self._amounts if a.number == form and self._is_amount(a, value))

    @staticmethod
    def _is_amount(amount: Amount, value: Value) -> bool:
        """A number without a declared format is an amount where it has a fraction or the sentence gives a currency."""
        return amount.currency is not None or (isinstance(value.raw, float) and amount.stands_for(value, None))
