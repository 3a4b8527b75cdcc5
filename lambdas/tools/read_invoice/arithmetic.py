"""Checks an invoice's sums by the rules of EN 16931 and says, for each, what was expected and what was found.

Rules and their rounding: the EN 16931 validation artefacts (https://github.com/ConnectingEurope/eInvoicing-EN16931,
`ubl/schematron/abstract/EN16931-model.sch`) and, for the sums inside a line, where EN 16931 has a definition but no
rule, PEPPOL BIS Billing 3.0 (https://docs.peppol.eu/poacc/billing/3.0/rules/). Amounts are rounded half up to two
decimals. The artefacts let a VAT amount or a VAT base differ by less than 1 (sellers round line by line), and PEPPOL
lets a line differ by 0.02: such a difference is a remark. Everything else must agree to the cent.

Not checked, because no total depends on it: gross price less price discount (PEPPOL-EN16931-R046).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Literal

from invoice import Adjustment, Invoice, Line, VatCategory

CENT = Decimal("0.01")
EXACT = Decimal("0.005")
LINE_SLACK = Decimal("0.02")
VAT_SLACK = Decimal("1")
ZERO = Decimal(0)

Outcome = Literal["ok", "remark", "finding"]

_BASE_RULES = {
    "S": "BR-S-08", "Z": "BR-Z-08", "E": "BR-E-08", "AE": "BR-AE-08", "K": "BR-IC-08", "G": "BR-G-08", "O": "BR-O-08",
    "L": "BR-AF-08", "M": "BR-AG-08", "B": "BR-B-08",
}  # fmt: skip
_RATED = {"S", "L", "M"}
"""Categories whose VAT base is kept per rate; the others have one base each."""


@dataclass(frozen=True)
class Check:
    """One rule applied in one place. A `remark` is worth saying and no reason to stop."""

    rule: str
    where: str
    meaning: str
    expected: Decimal
    found: Decimal
    outcome: Outcome


def check(invoice: Invoice) -> list[Check]:
    """Every rule that applies to the invoice, in the order a person adds it up."""
    with localcontext(Context(prec=60)):
        return [*_lines(invoice), *_document(invoice), *_vat(invoice)]


def _lines(invoice: Invoice) -> Iterator[Check]:
    for line in invoice.lines:
        yield from _percentages(line.adjustments, f"line {line.id}")
        yield _line(line, invoice)


def _line(line: Line, invoice: Invoice) -> Check:
    """PEPPOL-EN16931-R120, the definition of BT-131.

    Only PEPPOL makes it a rule: three of CEN's own example invoices charge less than quantity x price. A document that
    does not claim PEPPOL's rules gets a remark for a difference in the buyer's favour, a finding for one against.
    """
    goods = _cents(line.quantity * line.price / line.base_quantity)
    expected = goods + _sum(line.adjustments, charges=True) - _sum(line.adjustments, charges=False)
    outcome = _within(expected, line.net_amount, LINE_SLACK)
    favours_buyer = (line.net_amount < expected) is (invoice.kind == "invoice")
    if outcome == "finding" and favours_buyer and "peppol" not in invoice.specification.lower():
        outcome = "remark"
    return Check(
        "PEPPOL-EN16931-R120", f"line {line.id}", "quantity x price / base quantity + charges - allowances",
        expected, line.net_amount, outcome,
    )  # fmt: skip


def _percentages(adjustments: Iterable[Adjustment], where: str) -> Iterator[Check]:
    """PEPPOL-EN16931-R040: an allowance or charge given as a percentage of a base."""
    for number, item in enumerate(adjustments, 1):
        if item.base is not None and item.percent is not None:
            expected = _cents(item.base * item.percent / 100)
            place = f"{where}, {'charge' if item.is_charge else 'allowance'} {number}"
            outcome = _within(expected, item.amount, LINE_SLACK)
            yield Check("PEPPOL-EN16931-R040", place, "base x percent", expected, item.amount, outcome)


def _document(invoice: Invoice) -> Iterator[Check]:
    """BR-CO-10 to BR-CO-16 and the document's own allowances and charges."""
    totals = invoice.totals
    allowances, charges, vat = totals.allowances or ZERO, totals.charges or ZERO, totals.vat or ZERO
    yield from _percentages(invoice.adjustments, "document")
    yield _exact("BR-CO-10", "sum of the lines", _total(line.net_amount for line in invoice.lines), totals.lines)
    yield _exact("BR-CO-11", "sum of the document's allowances", _sum(invoice.adjustments, charges=False), allowances)
    yield _exact("BR-CO-12", "sum of the document's charges", _sum(invoice.adjustments, charges=True), charges)
    yield _exact("BR-CO-13", "lines - allowances + charges", totals.lines - allowances + charges, totals.without_vat)
    yield _exact("BR-CO-14", "sum of the VAT breakdown", _total(row.tax for row in invoice.vat), vat)
    yield _exact("BR-CO-15", "total without VAT + VAT", totals.without_vat + vat, totals.with_vat)
    payable = totals.with_vat - (totals.prepaid or ZERO) + (totals.rounding or ZERO)
    yield _exact("BR-CO-16", "total with VAT - prepaid + rounding", payable, totals.payable)
    if invoice.foreign_amounts:
        yield Check(
            "PEPPOL-EN16931-R051", invoice.foreign_amounts[0], f"amounts that are not in {invoice.currency}",
            ZERO, Decimal(len(invoice.foreign_amounts)), "finding",
        )  # fmt: skip


def _vat(invoice: Invoice) -> Iterator[Check]:
    """BR-CO-18 (a breakdown exists), BR-x-08 (each base) and BR-CO-17 (each tax)."""
    if not invoice.vat:
        yield Check("BR-CO-18", "VAT breakdown", "at least one row", Decimal(1), ZERO, "finding")
        return
    yield from _bases(invoice)
    for row in invoice.vat:
        tax = _cents(row.taxable * (row.vat.rate or ZERO) / 100)
        where = _label(_key(row.vat))
        yield Check("BR-CO-17", where, "taxable amount x rate", tax, row.tax, _within(tax, row.tax, VAT_SLACK))


def _bases(invoice: Invoice) -> Iterator[Check]:
    """The VAT base per category, against the lines and adjustments of that category (if all of them name one)."""
    entries = [(line.vat, line.net_amount) for line in invoice.lines]
    entries += [(item.vat, item.amount if item.is_charge else -item.amount) for item in invoice.adjustments]
    expected: dict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    found: dict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for category, amount in entries:
        if category is None:
            return  # the lines' categories are mandatory (BR-CO-04); without them there is nothing to compare with
        expected[_key(category)] += amount
    for row in invoice.vat:
        found[_key(row.vat)] += row.taxable
    for key in sorted(expected.keys() | found.keys(), key=_label):
        rule, base = _BASE_RULES.get(key[0], "BR-CO-18"), _cents(expected[key])
        yield Check(rule, _label(key), "VAT base", base, found[key], _within(base, found[key], VAT_SLACK))


def _key(category: VatCategory) -> tuple[str, Decimal | None]:
    return category.code, (category.rate or ZERO) if category.code in _RATED else None


def _label(key: tuple[str, Decimal | None]) -> str:
    code, rate = key
    return f"VAT {code}" if rate is None else f"VAT {code} {rate.normalize():f}%"


def _exact(rule: str, meaning: str, expected: Decimal, found: Decimal) -> Check:
    expected = _cents(expected)
    return Check(rule, "document", meaning, expected, found, "ok" if abs(expected - found) < EXACT else "finding")


def _within(expected: Decimal, found: Decimal, slack: Decimal) -> Outcome:
    """Equal, nearly equal, or wrong. The slack itself is outside for VAT (`< 1`) and inside for lines (`<= 0.02`)."""
    difference = abs(expected - found)
    if difference < EXACT:
        return "ok"
    inside = difference < slack if slack == VAT_SLACK else difference <= slack
    return "remark" if inside else "finding"


def _sum(adjustments: Iterable[Adjustment], *, charges: bool) -> Decimal:
    return _total(item.amount for item in adjustments if item.is_charge is charges)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
