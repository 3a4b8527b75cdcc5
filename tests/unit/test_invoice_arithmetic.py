"""The arithmetic check: consistent invoices raise nothing, one wrong field raises its own rule, with the difference."""

from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.invoice_reader import SHARED, arithmetic, invoice, read

PARTY = invoice.Party("A", "DE1", ())
CATEGORIES = [
    invoice.VatCategory("S", Decimal("19")), invoice.VatCategory("S", Decimal("5.5")),
    invoice.VatCategory("E", Decimal(0)), invoice.VatCategory("AE", Decimal(0)), invoice.VatCategory("O", None),
]  # fmt: skip


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False, allow_infinity=False)


@st.composite
def adjustments(draw: st.DrawFn, with_vat: bool) -> Any:
    """Allowances and charges, some of them a percentage of a base."""
    is_charge, vat = draw(st.booleans()), draw(st.sampled_from(CATEGORIES)) if with_vat else None
    if draw(st.booleans()):
        return invoice.Adjustment(is_charge, draw(decimals("0", "900", 2)), "", None, None, vat)
    base, percent = draw(decimals("0", "900", 2)), draw(decimals("0", "50", 2))
    return invoice.Adjustment(is_charge, cents(base * percent / 100), "", base, percent, vat)


@st.composite
def lines(draw: st.DrawFn) -> Any:
    quantity, price = draw(decimals("-99", "9999", 3)), draw(decimals("0", "5000", 4))
    base = draw(st.sampled_from([Decimal(1), Decimal(100), Decimal("2.5")]))
    items = tuple(draw(st.lists(adjustments(with_vat=False), max_size=2)))
    extra = sum((item.amount if item.is_charge else -item.amount for item in items), Decimal(0))
    net = cents(quantity * price / base) + extra
    vat = draw(st.sampled_from(CATEGORIES))
    return invoice.Line("1", None, None, "x", quantity, "C62", price, base, net, items, vat)


@st.composite
def invoices(draw: st.DrawFn) -> Any:
    """An invoice whose sums were made by EN 16931's definitions, added up here in another way than in the tool."""
    rows, extras = (
        draw(st.lists(lines(), min_size=1, max_size=5)),
        draw(st.lists(adjustments(with_vat=True), max_size=3)),
    )
    bases: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        bases[row.vat] += row.net_amount
    for extra in extras:
        bases[extra.vat] += extra.amount if extra.is_charge else -extra.amount
    vat = tuple(invoice.VatSubtotal(key, base, cents(base * (key.rate or 0) / 100)) for key, base in bases.items())
    without, tax = sum(bases.values(), Decimal(0)), sum((row.tax for row in vat), Decimal(0))
    prepaid, rounding = draw(st.none() | decimals("0", "500", 2)), draw(st.none() | decimals("-0.99", "0.99", 2))
    totals = invoice.Totals(
        lines=sum((row.net_amount for row in rows), Decimal(0)),
        allowances=sum((extra.amount for extra in extras if not extra.is_charge), Decimal(0)),
        charges=sum((extra.amount for extra in extras if extra.is_charge), Decimal(0)),
        without_vat=without, vat=tax, with_vat=without + tax, prepaid=prepaid, rounding=rounding,
        payable=without + tax - (prepaid or 0) + (rounding or 0),
    )  # fmt: skip
    return invoice.Invoice(
        kind=draw(st.sampled_from(["invoice", "credit_note"])), specification="urn:fdc:peppol.eu:2017",
        type_code="380", number="1", issue_date="2026-11-01", due_date=None, currency="EUR", seller=PARTY, buyer=PARTY,
        payee=None, accounts=(), payment_reference=None, order_reference=None, billing_references=(), notes=(),
        lines=tuple(rows), adjustments=tuple(extras), vat=vat, totals=totals, foreign_amounts=(),
    )  # fmt: skip


def findings(document: Any) -> dict[str, Any]:
    return {check.rule: check for check in arithmetic.check(document) if check.outcome == "finding"}


@given(invoices())
def test_consistent_invoice_raises_nothing(document: Any) -> None:
    """Every check of an invoice made by the definitions agrees: no finding, no remark."""
    assert [check for check in arithmetic.check(document) if check.outcome != "ok"] == []


WRONG_TOTALS = {
    "lines": "BR-CO-10", "allowances": "BR-CO-11", "charges": "BR-CO-12", "without_vat": "BR-CO-13", "vat": "BR-CO-14",
    "with_vat": "BR-CO-15", "payable": "BR-CO-16",
}  # fmt: skip


@pytest.mark.parametrize(("name", "rule"), WRONG_TOTALS.items())
@given(document=invoices(), difference=decimals("0.01", "1000", 2), sign=st.sampled_from([1, -1]))
def test_wrong_total_raises_its_own_rule(name: str, rule: str, document: Any, difference: Decimal, sign: int) -> None:
    """A total that is off, by a cent or more, is found by the rule that defines it, with exactly the difference."""
    wrong = getattr(document.totals, name) + sign * difference
    found = findings(replace(document, totals=replace(document.totals, **{name: wrong})))
    assert found[rule].found - found[rule].expected == sign * difference


@given(document=invoices(), difference=decimals("0.03", "1000", 2), sign=st.sampled_from([1, -1]))
def test_wrong_line_raises_the_line_rule(document: Any, difference: Decimal, sign: int) -> None:
    """A line amount off by more than PEPPOL's 0.02 is found, in either direction where the sender claims PEPPOL."""
    first = replace(document.lines[0], net_amount=document.lines[0].net_amount + sign * difference)
    found = findings(replace(document, lines=(first, *document.lines[1:])))
    assert found["PEPPOL-EN16931-R120"].found - found["PEPPOL-EN16931-R120"].expected == sign * difference
    assert "BR-CO-10" in found


@given(document=invoices(), difference=decimals("1", "1000", 2), sign=st.sampled_from([1, -1]))
def test_wrong_vat_amount_raises_the_rate_rule(document: Any, difference: Decimal, sign: int) -> None:
    """A VAT amount that is not base x rate, by 1 or more, is found."""
    row = replace(document.vat[0], tax=document.vat[0].tax + sign * difference)
    assert "BR-CO-17" in findings(replace(document, vat=(row, *document.vat[1:])))


@given(document=invoices(), difference=decimals("1", "1000", 2), sign=st.sampled_from([1, -1]))
def test_wrong_vat_base_raises_the_base_rule(document: Any, difference: Decimal, sign: int) -> None:
    """A VAT base that is not the sum of its lines and adjustments, by 1 or more, is found under its category's rule."""
    code = document.vat[0].vat.code
    rule = {"S": "BR-S-08", "E": "BR-E-08", "AE": "BR-AE-08", "O": "BR-O-08"}[code]
    row = replace(document.vat[0], taxable=document.vat[0].taxable + sign * difference)
    assert rule in findings(replace(document, vat=(row, *document.vat[1:])))


@given(document=invoices())
def test_vat_row_left_out_raises_the_base_rule(document: Any) -> None:
    """A category that the lines have and the breakdown has not is found, however the totals were made to fit."""
    assume(len(document.vat) > 1 and abs(document.vat[0].taxable) >= 1)
    assert any(rule.endswith("-08") for rule in findings(replace(document, vat=document.vat[1:])))


def test_vat_rounded_line_by_line_is_a_remark() -> None:
    """EN 16931's own validator allows a VAT amount to differ by less than 1; so does this, but it says so."""
    document = CONSISTENT
    row = replace(document.vat[0], tax=document.vat[0].tax + Decimal("0.99"))
    outcomes = {check.rule: check.outcome for check in arithmetic.check(replace(document, vat=(row,)))}
    assert (outcomes["BR-CO-17"], outcomes["BR-CO-14"]) == ("remark", "finding")


def line(quantity: str, price: str, net: str) -> Any:
    return invoice.Line(
        "1", None, None, "x", Decimal(quantity), None, Decimal(price), Decimal(1), Decimal(net), (), CATEGORIES[0]
    )


CONSISTENT = invoice.Invoice(
    kind="invoice", specification="urn:cen.eu:en16931:2017", type_code="380", number="1", issue_date="2026-11-01",
    due_date=None, currency="EUR", seller=PARTY, buyer=PARTY, payee=None, accounts=(), payment_reference=None,
    order_reference=None, billing_references=(), notes=(), lines=(line("2", "50", "100"),), adjustments=(),
    vat=(invoice.VatSubtotal(CATEGORIES[0], Decimal(100), Decimal(19)),),
    totals=invoice.Totals(
        Decimal(100), None, None, Decimal(100), Decimal(19), Decimal(119), None, None, Decimal(119)
    ), foreign_amounts=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "specification", "net", "outcome"),
    [
        ("invoice", "urn:cen.eu:en16931:2017", "60", "remark"),
        ("invoice", "urn:cen.eu:en16931:2017", "140", "finding"),
        ("credit_note", "urn:cen.eu:en16931:2017", "60", "finding"),
        ("credit_note", "urn:cen.eu:en16931:2017", "140", "remark"),
        ("invoice", "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017", "60", "finding"),
    ],
)
def test_line_difference_counts_where_a_rule_forbids_it_or_the_buyer_loses(
    kind: Any, specification: str, net: str, outcome: str
) -> None:
    """Only PEPPOL forbids a line that charges less than quantity x price; one that charges more is always found."""
    document = replace(CONSISTENT, kind=kind, specification=specification, lines=(line("2", "50", net),))
    assert next(check.outcome for check in arithmetic.check(document) if check.rule.endswith("R120")) == outcome


def test_base_moved_to_a_lower_rate_is_found() -> None:
    """Two rates of one category are two bases: what one lacks, the other's surplus does not make up for."""
    low = invoice.VatCategory("S", Decimal(7))
    rows = (line("2", "50", "100"), replace(line("2", "50", "100"), vat=low))
    vat = (
        invoice.VatSubtotal(CATEGORIES[0], Decimal(50), Decimal("9.50")),
        invoice.VatSubtotal(low, Decimal(150), Decimal("10.50")),
    )
    checks = arithmetic.check(replace(CONSISTENT, lines=rows, vat=vat))
    bases = [(check.where, check.expected, check.found) for check in checks if check.rule == "BR-S-08"]
    assert bases == [("VAT S 19%", Decimal(100), Decimal(50)), ("VAT S 7%", Decimal(100), Decimal(150))]


def test_percentage_that_is_not_applied_is_found() -> None:
    """An allowance of ten percent of 100 that takes off 5 is wrong, wherever it stands."""
    item = invoice.Adjustment(False, Decimal(5), "", Decimal(100), Decimal(10), CATEGORIES[0])
    assert findings(replace(CONSISTENT, adjustments=(item,)))["PEPPOL-EN16931-R040"].expected == 10


def test_missing_breakdown_is_found() -> None:
    """An invoice without any VAT row cannot be checked, and says so (BR-CO-18)."""
    assert "BR-CO-18" in findings(replace(CONSISTENT, vat=()))


def test_amount_in_another_currency_is_found() -> None:
    """Amounts of two currencies are never added up in silence."""
    assert findings(replace(CONSISTENT, foreign_amounts=("Invoice/InvoiceLine/LineExtensionAmount",)))[
        "PEPPOL-EN16931-R051"
    ]


def test_half_a_cent_is_rounded_up() -> None:
    """25 percent of 1460.50 is 365.125 and written 365.13; a binary float would make it 365.12."""
    row = invoice.VatSubtotal(invoice.VatCategory("S", Decimal(25)), Decimal("1460.50"), Decimal("365.13"))
    checks = arithmetic.check(replace(CONSISTENT, vat=(row,)))
    assert next(check.outcome for check in checks if check.rule == "BR-CO-17") == "ok"


def test_public_test_invoices_raise_no_false_alarm() -> None:
    """CEN's and PEPPOL's own invoices, where they lie beside the checkout, are consistent by this check."""
    results = {path.name: read(path.read_text("utf-8"))["arithmetic"] for path in sorted(SHARED.glob("*.xml"))}
    assert {name: result["findings"] for name, result in results.items() if not result["consistent"]} == {}
    remarks = {
        name: [(one["where"], one["expected"], one["found"]) for one in result["remarks"]]
        for name, result in results.items()
    }
    by_hand = {
        "ubl-tc434-example1.xml": [("line 20", "109.98", "-109.98")],
        "ubl-tc434-example2.xml": [("line 1", "2546.00", "1273.00")],
        "ubl-tc434-example3.xml": [("line 1", "1600.00", "800.00"), ("line 2", "1600.00", "800.00")],
    }
    assert remarks == {name: by_hand.get(name, []) for name in remarks}
