"""Calendar dates: ISO, or with the month in words, or with dots day first; slashes only where one part is past 12."""

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DAY_MONTH = re.compile(rf"{_DAY}(?: of)? {_MONTH},? (\d{{4}})", re.IGNORECASE | re.ASCII)
_MONTH_DAY = re.compile(rf"{_MONTH} {_DAY},? (\d{{4}})", re.IGNORECASE)
_SHAPES = (_ISO, _DOTS, _SLASHES, _DAY_MONTH, _MONTH_DAY)
ANYWHERE = re.compile(rf"(?<![\w./-])(?:{'|'.join(shape.pattern for shape in _SHAPES)})(?![\w/-]|\.\d)", re.IGNORECASE)
"""Where a text names a day."""


_TO = r" ?(?:-|\u2013|to|until|till|through) ?(?:the )?"
_RANGES = (
    (re.compile(rf"(?<![\w./-]){_DAY}{_TO}{_DAY}(?: of)? {_MONTH},? (\d{{4}})(?!\w)", re.IGNORECASE), (1, 2, 3, 4)),
    (re.compile(rf"(?<!\w){_MONTH} {_DAY}{_TO}{_DAY},? (\d{{4}})(?!\w)", re.IGNORECASE), (2, 3, 1, 4)),
)


def ranges(text: str) -> Iterator[tuple[int, str]]:
    """Both ends of every stretch of days that names month and year once: `5 to 8 June 2026`, `June 5th - 8th, 2026`."""
    for shape, (first, last, month, year) in _RANGES:
        for match in shape.finditer(text):
            days = [_day(match[year], _MONTHS[match[month].lower()], match[day]) for day in (first, last)]
            yield from ((match.start(), day) for day in days if day is not None)


def canonical(text: str) -> str | None:
    """`2026-05-20`. None for no day, for a day that does not exist, and where day and month cannot be told apart."""
    if found := _ISO.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _DOTS.fullmatch(text):
        return _day(found[3], found[2], found[1])
    if found := _DAY_MONTH.fullmatch(text):
        return _day(found[3], _MONTHS[found[2].lower()], found[1])
    if found := _MONTH_DAY.fullmatch(text):
        return _day(found[3], _MONTHS[found[1].lower()], found[2])
    if found := _SLASHES.fullmatch(text):
        return _slashes(int(found[1]), int(found[2]), found[3])
    return None


def _slashes(first: int, second: int, year: str) -> str | None:
    if first > 12 or first == second:
        return _day(year, second, first)
    return _day(year, first, second) if second > 12 else None


def _day(year: str | int, month: str | int, day: str | int) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
