"""Reads single fields of a UBL tree: exact names, exact counts, exact forms. Wrong ones are named by their path."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ubl_xml import Element

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

_DECIMAL = re.compile(r"[+-]?(\d{1,15}(\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_TEXT_LIMIT = 300


class Reader:
    """A place in the document, with the path that error messages show."""

    def __init__(self, element: Element, path: str) -> None:
        self._element = element
        self.path = path

    def groups(self, name: str) -> Iterator["Reader"]:
        """Every aggregate (`cac:`) of that name."""
        found = [child for child in self._element.children if child.name == (CAC, name)]
        for index, child in enumerate(found, 1):
            yield Reader(child, f"{self.path}/cac:{name}" + (f"[{index}]" if len(found) > 1 else ""))

    def group(self, name: str) -> "Reader | None":
        """The only aggregate of that name. Two are an error: readers that pick differently pay differently."""
        found = list(self.groups(name))
        if len(found) > 1:
            raise ValueError(f"{self.path}/cac:{name} occurs {len(found)} times; it may occur once")
        return found[0] if found else None

    def at(self, *names: str) -> "Reader | None":
        """The aggregate at the end of a chain of single aggregates."""
        here: Reader | None = self
        for name in names:
            here = here.group(name) if here else None
        return here

    def texts(self, name: str, limit: int = _TEXT_LIMIT) -> list[str]:
        """The texts of every basic field (`cbc:`) of that name that is not blank, cut to `limit` characters."""
        return [_cut(child.text, limit) for child in self._basics(name) if child.text]

    def text(self, name: str, limit: int = _TEXT_LIMIT) -> str | None:
        """The text of the only basic field of that name; None if absent or blank."""
        child = self._basic(name)
        return _cut(child.text, limit) if child is not None and child.text else None

    def attribute(self, name: str, attribute: str) -> str | None:
        """An attribute of the only basic field of that name."""
        child = self._basic(name)
        return None if child is None else child.attributes.get(attribute)

    def decimal(self, name: str) -> Decimal | None:
        """An xs:decimal of at most 15 digits before and 6 after the point; no exponent, no NaN."""
        text = self.text(name)
        if text is None:
            return None
        if not _DECIMAL.fullmatch(text):
            raise ValueError(f"{self.path}/cbc:{name} is {text[:40]!r}; write a decimal number such as 1234.50")
        return Decimal(text)

    def date(self, name: str) -> str | None:
        """An xs:date as YYYY-MM-DD, its time zone dropped."""
        text = self.text(name)
        if text is None:
            return None
        match = _DATE.fullmatch(text)
        try:
            return date.fromisoformat(match.group(1) if match else text[:40]).isoformat()
        except ValueError:
            raise ValueError(f"{self.path}/cbc:{name} is {text[:40]!r}; write a date such as 2026-11-30") from None

    def boolean(self, name: str) -> bool:
        """An xs:boolean that must be there."""
        text = self.text(name)
        if text not in ("true", "false", "1", "0"):
            raise ValueError(f"{self.path}/cbc:{name} is {(text or '')[:40]!r}; write true or false")
        return text in ("true", "1")

    def need_text(self, name: str, rule: str) -> str:
        """A text that EN 16931 requires; `rule` is its rule."""
        value = self.text(name)
        if value is None:
            raise ValueError(f"{self.path}/cbc:{name} is missing ({rule})")
        return value

    def need_decimal(self, name: str, rule: str) -> Decimal:
        """A number that EN 16931 requires."""
        value = self.decimal(name)
        if value is None:
            raise ValueError(f"{self.path}/cbc:{name} is missing ({rule})")
        return value

    def need_date(self, name: str, rule: str) -> str:
        """A date that EN 16931 requires."""
        value = self.date(name)
        if value is None:
            raise ValueError(f"{self.path}/cbc:{name} is missing ({rule})")
        return value

    def need_group(self, name: str, rule: str) -> "Reader":
        """An aggregate that EN 16931 requires."""
        value = self.group(name)
        if value is None:
            raise ValueError(f"{self.path}/cac:{name} is missing ({rule})")
        return value

    def amounts(self) -> Iterator[tuple[str, str]]:
        """`(path, currencyID)` of every amount at or below this place."""
        yield from _amounts(self._element, self.path)

    def _basics(self, name: str) -> list[Element]:
        return [child for child in self._element.children if child.name == (CBC, name)]

    def _basic(self, name: str) -> Element | None:
        found = self._basics(name)
        if len(found) > 1:
            raise ValueError(f"{self.path}/cbc:{name} occurs {len(found)} times; it may occur once")
        return found[0] if found else None


def _amounts(element: Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element.children:
        here = f"{path}/{child.name[1]}"
        if child.name[0] == CBC and "currencyID" in child.attributes:
            yield here, child.attributes["currencyID"]
        yield from _amounts(child, here)


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters, white space collapsed, so that no field can flood the result."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
