"""Amounts in a sentence, each with its currency if one stands beside it."""

import re
from dataclasses import dataclass

from tollgate.screening.formats import decimal
from tollgate.screening.formats.currency import CODES, SYMBOLS
from tollgate.screening.surroundings import Named, counts, is_explicit, is_scaled, stands_alone, words_before
from tollgate.screening.words import GENERIC

_MARK = "|".join([*(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True)), *sorted(CODES)])
_NUMBER = r"-?\d{1,3}(?:['\u2019]\d{3})+(?:[.,]\d+)?|-?\d+(?:[.,]\d+)*"
_WRITTEN = re.compile(rf"(?<![\d.,])(?:{_NUMBER})")
_BEFORE = re.compile(rf"(?<![A-Za-z])({_MARK}) ?$", re.IGNORECASE)
_AFTER = re.compile(rf" ?({_MARK})(?![A-Za-z])", re.IGNORECASE)
_SPACED_BEFORE = re.compile(r"(?<![\w.,/:@+-])\d{1,3}(?: \d{3})* $")
_SPACED_AFTER = re.compile(r" \d{3}(?!\d)")
_WINDOW = 10
"""Characters: room for the longest currency mark and a space."""
_IDENTIFIERS = GENERIC | frozenset({
    "invoic", "order", "ticket", "account", "customer", "case", "event", "room", "phon", "pin", "post", "fil",
    "pag", "transaction", "lin", "po", "step", "versi", "version", "item", "vendor",
})  # fmt: skip
"""Stems of nouns that a number behind them names: `invoice 4711` is no amount."""
_PAYING = frozenset({
    "amount", "total", "sum", "pay", "send", "transfer", "refund", "wir", "pric", "cost", "worth", "rent",
    "fee", "ow", "charg", "deposit", "book",
})  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A number in a text. `number` is canonical; `currency` is an ISO 4217 code or None."""

    text: str
    start: int
    end: int
    written: str
    number: str
    currency: str | None

    def stands_for(self, value: Named, currency: str | None) -> bool:
        """Whether the sentence means this number as the value's amount, in the call's currency if it says one."""
        if self.currency is not None:
            return currency is None or self.currency == currency
        if is_explicit(self.text, self.start, self.end, value):
            return True
        before = words_before(self.text, self.start, limit=1)
        if (before and before[0] in _IDENTIFIERS) or counts(self.text, self.end):
            return False
        return self._is_distinctive or bool(before and before[0] in _PAYING)

    @property
    def _is_distinctive(self) -> bool:
        digits = sum(character.isdigit() for character in self.written)
        return digits >= 3


def amounts(text: str) -> list[Amount]:
    """Every unambiguous number that is no part of a longer word, date, time or account.

    Groups parted by spaces count as ambiguous: `vendor 100 250 EUR` is not a hundred thousand.
    """
    found: list[Amount] = []
    taken = 0
    for match in _WRITTEN.finditer(text):
        amount = _amount(text, match, taken)
        if amount is not None:
            found.append(amount)
            after = _AFTER.match(text, amount.end)
            taken = after.end() if after else amount.end
    return found


def _amount(text: str, match: re.Match[str], taken: int) -> Amount | None:
    """The amount at a match; what stands before `taken` is the currency of the one before."""
    written, (start, end) = match[0], match.span()
    before = _BEFORE.search(text[max(taken, start - _WINDOW) : start])
    after = _AFTER.match(text, end)
    first = start - (len(before[0]) if before else 0)
    number = decimal.canonical(written)
    if number is None or _is_spaced(text, start, end) or not stands_alone(text, first, after.end() if after else end):
        return None
    if is_scaled(text, end):
        return None
    mark = before or after
    return Amount(text, start, end, written, number, _currency(mark[1]) if mark else None)


def _is_spaced(text: str, start: int, end: int) -> bool:
    """Whether the number may be a group of a longer one: `1 234`."""
    if text[start:end].lstrip("-").isdigit() and end - start <= 3 and _SPACED_AFTER.match(text, end):
        return True
    whole = re.split("[.,]", text[start:end], maxsplit=1)[0]
    return len(whole) == 3 and _SPACED_BEFORE.search(text[max(0, start - _WINDOW - 4) : start]) is not None


def _currency(mark: str) -> str:
    return SYMBOLS.get(mark.lower(), mark.upper())
