"""Hostile invoices: each is refused with a message that says why, quickly, and without reading anything else."""

import tracemalloc
from collections.abc import Callable
from typing import NoReturn

import pytest

from tests.unit.invoice_reader import read, sample, ubl_xml

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f'xmlns:cbc="{UBL}CommonBasicComponents-2"'


def document(inside: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<Invoice xmlns="{UBL}Invoice-2" {CBC}>{inside}</Invoice>'


def bomb() -> str:
    """A billion laughs: 10 entities of ten times the one before."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11))
    return document("<cbc:ID>&e10;</cbc:ID>", f'<!DOCTYPE Invoice [<!ENTITY e0 "ha">{entities}]>')


def external_entity() -> str:
    doctype = '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return document("<cbc:ID>&x;</cbc:ID>", doctype)


def external_dtd() -> str:
    return document("<cbc:ID>1</cbc:ID>", '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/evil.dtd">')


def parameter_entity() -> str:
    return document("", '<!DOCTYPE Invoice [<!ENTITY % x SYSTEM "http://127.0.0.1:9/evil.dtd"> %x;]>')


def quadratic() -> str:
    """One long entity, used often."""
    return document("&a;" * 10_000, f'<!DOCTYPE Invoice [<!ENTITY a "{"x" * 50_000}">]>')


def empty_doctype() -> str:
    return document("<cbc:ID>1</cbc:ID>", "<!DOCTYPE Invoice>")


@pytest.mark.parametrize(
    "attack",
    [bomb, external_entity, external_dtd, parameter_entity, quadratic, empty_doctype],
    ids=lambda one: one.__name__,
)
def test_doctype_is_refused_unread(attack: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a DOCTYPE wants to define, it is refused at its first word; no file is opened, no memory filled."""
    monkeypatch.setattr("builtins.open", _nothing_may_be_opened)
    text = attack()
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="has a DOCTYPE"):
            read(text)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def _nothing_may_be_opened(*arguments: object, **_more: object) -> NoReturn:
    raise AssertionError(f"opened {arguments}")


def test_undefined_entity_is_not_well_formed() -> None:
    """Without a DOCTYPE no entity exists beyond XML's five."""
    with pytest.raises(ValueError, match="not well-formed XML: undefined entity"):
        read(document("<cbc:ID>&secret;</cbc:ID>"))


def test_five_megabytes_are_refused_before_parsing() -> None:
    """A document over the cap is refused by its size alone, even if it is not XML at all."""
    with pytest.raises(ValueError, match=r"5,000,000 bytes; at most 1,000,000 are read"):
        read("<" * 5_000_000)


def test_size_counts_bytes_not_characters() -> None:
    """400,000 characters of three bytes each are too many."""
    with pytest.raises(ValueError, match="at most 1,000,000"):
        read(document(f"<cbc:Note>{'€' * 400_000}</cbc:Note>"))


def test_deep_nesting_is_refused() -> None:
    """A tower of elements ends at the depth cap, not at the interpreter's recursion limit."""
    with pytest.raises(ValueError, match="nested more than 32 deep"):
        read(document("<a>" * 100_000))


def test_deepest_allowed_nesting_is_parsed() -> None:
    """The cap itself is allowed: 32 elements, the root among them; one more is not."""
    inner = ubl_xml.MAX_DEPTH - 1
    assert ubl_xml.parse(document("<a>" * inner + "</a>" * inner)).children
    with pytest.raises(ValueError, match="nested more than 32 deep"):
        ubl_xml.parse(document("<a>" * (inner + 1) + "</a>" * (inner + 1)))


def test_many_elements_are_refused_while_parsing() -> None:
    """The count is capped on the way, not after the tree is built."""
    with pytest.raises(ValueError, match="more than 50,000 elements"):
        read(document("<a/>" * 60_000))


def test_many_attributes_are_refused() -> None:
    """An element with hundreds of attributes is no invoice field."""
    attributes = " ".join(f'a{n}="1"' for n in range(200))
    with pytest.raises(ValueError, match="200 attributes; at most 32"):
        read(document(f"<a {attributes}/>"))


def test_processing_instruction_and_stylesheet_are_ignored() -> None:
    """A stylesheet that points elsewhere is never fetched, and changes nothing."""
    text = sample("01-clean").replace("<Invoice ", '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><Invoice ', 1)
    assert read(text) == read(sample("01-clean"))


def test_xinclude_is_not_followed() -> None:
    """An include is an unknown element, and its target stays where it is."""
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    text = sample("01-clean").replace("<cbc:ID>NB-2026-201</cbc:ID>", f"<cbc:ID>NB-1{include}</cbc:ID>", 1)
    assert read(text)["number"] == "NB-1"


@pytest.mark.parametrize("name", ["LegalMonetaryTotal", "AccountingSupplierParty", "OrderReference"])
def test_second_copy_of_a_single_field_is_refused(name: str) -> None:
    """A document with two totals shows one to a person and another to a program; neither is believed."""
    text = sample("01-clean")
    copy = text[text.index(f"  <cac:{name}>") : text.index(f"</cac:{name}>") + len(f"</cac:{name}>")]
    with pytest.raises(ValueError, match=f"cac:{name} occurs 2 times; it may occur once"):
        read(text.replace(copy, copy + copy, 1))


def test_second_payable_amount_is_refused() -> None:
    """The same for a single value."""
    amount = '<cbc:PayableAmount currencyID="EUR">1663.62</cbc:PayableAmount>'
    with pytest.raises(ValueError, match="PayableAmount occurs 2 times"):
        read(sample("01-clean").replace(amount, amount + amount.replace("1663.62", "16.63")))


def test_field_of_another_namespace_is_not_taken_for_ours() -> None:
    """A look-alike element in a foreign namespace neither counts as the field nor replaces it."""
    fake = '<cbc:ID xmlns:cbc="urn:example:evil">FAKE-1</cbc:ID>'
    assert read(sample("01-clean").replace("<cbc:ID>NB", f"{fake}<cbc:ID>NB", 1))["number"] == "NB-2026-201"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e9", "1.000,50", "٣", "0x10", "1" * 16, "1.1234567", "--1", ""])
def test_odd_number_is_refused(text: str) -> None:
    """Only plain decimals of bounded length are numbers; nothing is guessed, nothing becomes huge."""
    with pytest.raises(ValueError, match=r"PayableAmount (is|occurs)"):
        read(sample("01-clean").replace(">1663.62</cbc:PayableAmount>", f">{text}</cbc:PayableAmount>"))


@pytest.mark.parametrize("text", ["2026-13-01", "01.11.2026", "2026-11-02T00:00:00", "yesterday"])
def test_odd_date_is_refused(text: str) -> None:
    """A date is a date or an error that shows how to write one."""
    with pytest.raises(ValueError, match=r"IssueDate is .*write a date such as"):
        read(sample("01-clean").replace("<cbc:IssueDate>2026-11-02", f"<cbc:IssueDate>{text}"))


def test_zero_base_quantity_is_refused() -> None:
    """No division by what the sender wrote without a look at it."""
    price = '<cac:Price><cbc:PriceAmount currencyID="EUR">68.00</cbc:PriceAmount>'
    with pytest.raises(ValueError, match="BaseQuantity is 0; write a number above 0"):
        read(sample("01-clean").replace(price, f"{price}<cbc:BaseQuantity>0</cbc:BaseQuantity>"))
