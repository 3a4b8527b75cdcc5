"""The canonical form of a value by the name of its declared format."""

from collections.abc import Callable
from functools import lru_cache

from tollgate.screening.formats import account, currency, date, decimal, email, iban, text, url
from tollgate.screening.text import normal

_STRUCTURED: dict[str, Callable[[str], str | None]] = {
    "iban": iban.canonical,
    "account": account.canonical,
    "currency": currency.canonical,
    "date": date.canonical,
    "email": email.canonical,
    "url": url.canonical,
}
LONGEST_KEPT = 200
"""Characters. Longer values are rare and would make the cache heavy."""
KINDS = (*_STRUCTURED, "decimal", "text")


def canonical(kind: str, value: str | int | float | bool) -> str | None:
    """`<kind>:<form>`, or None where nothing can vouch for the value. Equal forms mean the same thing.

    A value that lacks its declared format (`Spotify` where an IBAN is declared) is compared as it is written.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) > LONGEST_KEPT:
        return _form(kind, value)
    return _kept(kind, value, type(value).__name__)


@lru_cache(maxsize=65_536)
def _kept(kind: str, value: str | int | float, _: str) -> str | None:
    """The type is part of the key, because 1 and 1.0 and True are one key to a dictionary."""
    return _form(kind, value)


def _form(kind: str, value: str | int | float) -> str | None:
    if kind == "decimal":
        form = decimal.canonical(normal(value) if isinstance(value, str) else value)
        return None if form is None else f"decimal:{form}"
    if kind in _STRUCTURED:
        form = _STRUCTURED[kind](normal(str(value)))
        if form is not None:
            return f"{kind}:{form}"
    form = text.canonical(value)
    return None if form is None else f"text:{form}"
