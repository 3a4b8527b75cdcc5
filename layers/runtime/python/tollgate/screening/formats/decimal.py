"""Amounts: `1,234.50`, `1.234,50` and 1234.5 are one number; `1.234` could be two, so it is none."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:([.,' \u00a0\u202f\u2019])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?", re.ASCII)
_COMMA = re.compile(r"-?(?:0|[1-9]\d*),\d+", re.ASCII)
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


def canonical(value: str | int | float) -> str | None:
    """The number without trailing zeros. None for what is no number and for an ambiguous separator."""
    if isinstance(value, str):
        text = _point(value.strip())
        return None if text is None else _plain(Decimal(text))
    return _plain(Decimal(repr(value))) if value == value and abs(value) != float("inf") else None


def size(value: object) -> Decimal | None:
    """How much it is, without its sign: a credit counts by its size. None for what is no unambiguous number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = canonical(value)
    return None if text is None else abs(Decimal(text))


def is_ambiguous(text: str) -> bool:
    """Whether the one separator of the text may mean thousands or decimals."""
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def _point(text: str) -> str | None:
    if is_ambiguous(text):
        return None
    if _PLAIN.fullmatch(text):
        return text
    if _COMMA.fullmatch(text):
        return text.replace(",", ".")
    grouped = _GROUPED.fullmatch(text)
    if grouped is None:
        return None
    compact = text.replace(grouped[1], "")
    return compact.replace(",", ".")


def _plain(number: Decimal) -> str:
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
