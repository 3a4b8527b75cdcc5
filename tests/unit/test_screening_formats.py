"""Canonical forms: however a value is written it has one form, and two values never share one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.screening.formats import account, date, decimal, email, forms, iban, url

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
IBANS = st.builds(
    lambda country, check, rest: country + check + rest,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2),
    st.text("0123456789", min_size=2, max_size=2),
    st.text(LETTERS, min_size=11, max_size=30),
)
NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(IBANS)
def test_an_iban_in_any_grouping_and_case_has_one_form(text: str) -> None:
    """Fours with spaces, fours with dashes, small letters: the same account."""
    fours = [text[at : at + 4] for at in range(0, len(text), 4)]
    assert {iban.canonical(way) for way in (text, text.lower(), " ".join(fours), "-".join(fours))} == {text}


@given(IBANS, IBANS)
def test_two_ibans_never_share_a_form(one: str, other: str) -> None:
    """Nothing is dropped but separators."""
    assert (iban.canonical(one) == iban.canonical(other)) == (one == other)


@given(NUMBERS)
def test_an_amount_has_one_form_in_every_unambiguous_writing(number: Decimal) -> None:
    """Two decimals are always unambiguous, with or without groups."""
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    ways = [f"{number:.2f}", english, german, english.replace(",", " "), english.replace(",", "'")]
    assert {decimal.canonical(way) for way in ways} == {decimal.canonical(float(number))}


@given(NUMBERS, NUMBERS)
def test_two_amounts_never_share_a_form(one: Decimal, other: Decimal) -> None:
    """Equal forms are equal numbers."""
    assert (decimal.canonical(str(one)) == decimal.canonical(str(other))) == (one == other)


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"))
def test_one_separator_before_three_digits_is_ambiguous(whole: int, rest: int, separator: str) -> None:
    """`1.234` may be a thousand or a bit more than one."""
    text = f"{whole}{separator}{rest:03d}"
    assert decimal.canonical(text) is None
    assert decimal.is_ambiguous(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("0.125", "0.125"), ("0,125", "0.125"), ("1.234.567", "1234567"), ("1,234,567.8", "1234567.8"),
        ("1.234.567,80", "1234567.8"), ("-5", "-5"), ("5.00", "5"), ("-0.0", "0"), ("007", None), ("1.23.45", None),
        ("1,2,3", None), ("1e3", None), ("12,34,567", None), ("1.234.567.89", None), ("", None), ("٣", None),
        ("0x10", None), ("½", None), ("5 EUR", None), ("--5", None),
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_number_has_no_form(text: str, form: str | None) -> None:
    """Exponents, leading zeros, wrong groups and other digits are not guessed at."""
    assert decimal.canonical(text) == form


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_has_its_shortest_form_or_none(number: float) -> None:
    """Infinities and NaN are no amounts; every other float comes back as it was."""
    form = decimal.canonical(number)
    if form is None:
        assert number != number or number in (float("inf"), float("-inf"))
    else:
        assert float(form) == number


@given(st.dates())
def test_a_day_has_one_form_in_every_unambiguous_writing(day: object) -> None:
    """ISO, dots day first, and months in words."""
    assert hasattr(day, "isoformat")
    iso = day.isoformat()
    year, month, number = iso.split("-")
    name = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December"][int(month) - 1]  # fmt: skip
    ways = [iso, f"{number}.{month}.{year}", f"{int(number)} {name} {year}", f"{name} {int(number)}, {year}",
            f"{int(number)}th of {name[:3]} {year}"]  # fmt: skip
    assert {date.canonical(way) for way in ways} == {iso}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("05/20/2026", "2026-05-20"), ("20/05/2026", "2026-05-20"), ("05/05/2026", "2026-05-05"),
        ("05/06/2026", None), ("2026-02-30", None), ("31.02.2026", None), ("2026-13-01", None), ("20.05.26", None),
        ("May 2026", None), ("2026-05-20T10:00", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_that_could_be_two_or_none_has_no_form(text: str, form: str | None) -> None:
    """Slashes are told apart only where one part is past twelve."""
    assert date.canonical(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("HTTPS://Acme.ORG", "https://acme.org/"), ("acme.org", "https://acme.org/"),
        ("https://acme.org:443/a", "https://acme.org/a"), ("http://acme.org/", "http://acme.org/"),
        ("https://acme.org/a/../b", "https://acme.org/b"), ("https://acme.org/%61", "https://acme.org/a"),
        ("https://acme.org:443", "https://acme.org/"), ("https://acme.org/a?b=C#d", "https://acme.org/a?b=C#d"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://acme.org@evil.com/", None), ("ftp://acme.org/", None), ("javascript:alert(1)", None),
        ("https://acme.org\\@evil.com", None), ("https://acme .org", None), ("https://localhost/", None),
        ("https://acme.org:99999/", None), ("//acme.org", None), ("", None),
    ],
)  # fmt: skip
def test_a_web_address_has_the_form_that_a_browser_would_visit(text: str, form: str | None) -> None:
    """What deceives a reader has no form at all."""
    assert url.canonical(text) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://acme.org/a", "http://acme.org/a"), ("https://acme.org/a", "https://acme.org/a/"),
        ("https://acme.org/a", "https://acme.org/A"), ("https://acme.org/?a=1", "https://acme.org/?a=2"),
        ("https://acme.org/", "https://www.acme.org/"), ("https://acme.org/", "https://\u0430cme.org/"),
        ("https://acme.org/", "https://acme.org:8443/"), ("https://acme.org/a%2Fb", "https://acme.org/a/b"),
    ],
)  # fmt: skip
def test_two_web_addresses_stay_two(one: str, other: str) -> None:
    """Scheme, path, query, host, port and encoded slashes all count."""
    assert url.canonical(one) != url.canonical(other)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Bob@Acme.org", "bob@acme.org"), ("bob+x@acme.org", "bob+x@acme.org"), ("Bob <bob@acme.org>", None),
        ("bob@acme", None), ("bob@acme.org,eve@evil.com", None), ("bob@@acme.org", None), ("@acme.org", None),
    ],
)  # fmt: skip
def test_an_email_address_is_one_bare_address(text: str, form: str | None) -> None:
    """A display name can lie, so it has no form."""
    assert email.canonical(text) == form


@given(st.text(LETTERS, min_size=4, max_size=34).filter(lambda text: any(c.isdigit() for c in text)))
def test_an_account_in_any_grouping_has_one_form(text: str) -> None:
    """Separators go, leading zeros stay."""
    assert account.canonical("-".join(text)) == account.canonical(text.lower()) == text


def test_a_value_without_its_declared_format_is_compared_as_written() -> None:
    """A name where an IBAN is declared still has a form, but never an IBAN's."""
    assert forms.canonical("iban", "Spotify") == "text:spotify"
    assert forms.canonical("iban", "DE89370400440532013000") == "iban:DE89370400440532013000"


@pytest.mark.parametrize("kind", forms.KINDS)
def test_truth_values_have_no_form(kind: str) -> None:
    """Nobody can name a `true`."""
    assert forms.canonical(kind, True) is None
    assert forms.canonical(kind, False) is None


def test_one_and_true_and_one_point_zero_are_not_confused_by_the_cache() -> None:
    """Equal as dictionary keys, different as values."""
    assert forms.canonical("text", 1) == "text:1"
    assert forms.canonical("text", True) is None
    assert forms.canonical("text", 1.0) == "text:1"
    assert forms.canonical("text", "1.0") == "text:1.0"


@given(st.text(max_size=300), st.sampled_from(forms.KINDS))
def test_any_text_has_one_form_or_none(text: str, kind: str) -> None:
    """No input makes a format raise, and asking twice gives the same."""
    assert forms.canonical(kind, text) == forms.canonical(kind, text)
