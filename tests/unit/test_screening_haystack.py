"""Where a value came from is found in whatever way it was written, and not where it only seems to stand."""

import pytest
from tollgate.screening.haystack import Haystack, Place
from tollgate.screening.sinks import Value

TEXTS = {
    "mail": "Pay 1.234,50 EUR to DE89 3704 0044 0532 0130 00 by Friday.",
    "page": "Account 1234-5678-90, total 99.10, contact Bob@acme.org",
}


def place(kind: str, raw: str | int | float) -> str | None:
    found = Haystack()
    for name, text in TEXTS.items():
        found.add(Place("document", name), text)
    at = found.place_of(Value("/x", "x", raw, kind))
    return at.name if at else None


@pytest.mark.parametrize(
    ("kind", "raw", "name"),
    [
        ("iban", "DE89370400440532013000", "mail"),
        ("iban", "de89 3704 0044 0532 0130 00", "mail"),
        ("account", "1234567890", "page"),
        ("decimal", 1234.5, "mail"),
        ("decimal", "1,234.50", "mail"),
        ("decimal", 99.1, "page"),
        ("email", "bob@ACME.org", "page"),
        ("text", "friday", "mail"),
        ("text", "by Friday", "mail"),
        ("text", "Fri", None),
        ("text", 234, None),
        ("iban", "DE89370400440532013001", None),
        ("decimal", 1234, None),
        ("text", "-", None),
        ("text", "", None),
    ],
)
def test_a_value_is_found_in_the_text_that_holds_it(kind: str, raw: str | float, name: str | None) -> None:
    """Groups, separators and case do not hide it; part of a word is not it."""
    assert place(kind, raw) == name


def test_the_first_text_is_told() -> None:
    """A value that stands in two texts came from the first."""
    found = Haystack()
    for name in ("first", "second"):
        found.add(Place("tool", name), "V-100")
    at = found.place_of(Value("/x", "x", "V-100", "text"))
    assert at == Place("tool", "first")


def test_a_long_text_is_compared_whole() -> None:
    """That its beginning stands somewhere is not enough."""
    found = Haystack()
    text = "the quick brown fox jumps over the lazy dog and goes home to its lovely family"
    found.add(Place("document", "story"), text)
    assert found.place_of(Value("/x", "x", text, "text")) == Place("document", "story")
    assert found.place_of(Value("/x", "x", text + " again", "text")) is None
    assert found.place_of(Value("/x", "x", text[:-3], "text")) is None
