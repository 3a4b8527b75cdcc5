"""Writes the sample invoices: `python -m samples.write_invoices`. A test holds the files equal to what this writes.

Every sum is computed, so that an invoice is right unless its case says otherwise; a case that is wrong on purpose says
so in `tamper`, as a replacement in the finished text.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from samples.companies import BUYER, Company

FOLDER = Path(__file__).parent / "invoices"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:"
_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_EXEMPTION = "<cbc:TaxExemptionReasonCode>VATEX-EU-IC</cbc:TaxExemptionReasonCode>"


@dataclass(frozen=True)
class Line:
    """A line as the seller writes it. `order_line` empty: the sample does not say."""

    item: str
    name: str
    quantity: str
    price: str
    order_line: str = ""
    rate: str = "19"
    discount: str = "0"

    @property
    def net(self) -> Decimal:
        return _cents(Decimal(self.quantity) * Decimal(self.price)) - Decimal(self.discount)


@dataclass(frozen=True)
class Sample:
    """One invoice. `rate` 0 is an intra-community supply (VAT category K)."""

    number: str
    seller: Company
    issued: str
    due: str
    lines: tuple[Line, ...]
    order: str = ""
    currency: str = "EUR"
    account: str = ""
    note: str = ""
    credits: str = ""
    allowance: str = "0"
    freight: str = "0"
    prepaid: str = "0"
    rounding: str = "0"
    tamper: tuple[tuple[str, str], ...] = field(default=())


def xml(sample: Sample) -> str:
    """The sample as a UBL 2.1 document, its elements in the schema's order."""
    root = "CreditNote" if sample.credits else "Invoice"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="{_ROOT}{root}-2" xmlns:cac="{_CAC}" xmlns:cbc="{_CBC}">',
        *_head(sample, root),
        _party("AccountingSupplierParty", sample.seller),
        _party("AccountingCustomerParty", BUYER),
        *_delivery_and_payment(sample),
        *_adjustments(sample),
        *_vat(sample),
        *_totals(sample),
        *(_line(sample, number, line) for number, line in enumerate(sample.lines, 1)),
        f"</{root}>",
        "",
    ]
    text = "\n".join(part for part in parts if part)
    for old, new in sample.tamper:
        if old not in text:
            raise ValueError(f"{sample.number}: {old!r} is not in the document")
        text = text.replace(old, new, 1)
    return text


def _head(sample: Sample, root: str) -> list[str]:
    note = sample.credits
    return [
        f"  <cbc:CustomizationID>{_PEPPOL}</cbc:CustomizationID>",
        "  <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>",
        f"  <cbc:ID>{sample.number}</cbc:ID>",
        f"  <cbc:IssueDate>{sample.issued}</cbc:IssueDate>",
        "" if note else f"  <cbc:DueDate>{sample.due}</cbc:DueDate>",
        f"  <cbc:{root}TypeCode>{'381' if note else '380'}</cbc:{root}TypeCode>",
        f"  <cbc:Note>{escape(sample.note)}</cbc:Note>" if sample.note else "",
        f"  <cbc:DocumentCurrencyCode>{sample.currency}</cbc:DocumentCurrencyCode>",
        "  <cbc:BuyerReference>einkauf</cbc:BuyerReference>",
        f"  <cac:OrderReference><cbc:ID>{sample.order}</cbc:ID></cac:OrderReference>" if sample.order else "",
        "  <cac:BillingReference><cac:InvoiceDocumentReference>"
        f"<cbc:ID>{note}</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
        if note
        else "",
    ]


def _party(role: str, company: Company) -> str:
    return f"""  <cac:{role}>
    <cac:Party>
      <cbc:EndpointID schemeID="EM">{company.email}</cbc:EndpointID>
      <cac:PartyName><cbc:Name>{escape(company.name)}</cbc:Name></cac:PartyName>
      <cac:PostalAddress>
        <cbc:StreetName>{company.street}</cbc:StreetName>
        <cbc:CityName>{company.city}</cbc:CityName>
        <cbc:PostalZone>{company.postcode}</cbc:PostalZone>
        <cac:Country><cbc:IdentificationCode>{company.country}</cbc:IdentificationCode></cac:Country>
      </cac:PostalAddress>
      <cac:PartyTaxScheme>
        <cbc:CompanyID>{company.vat_id}</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:PartyTaxScheme>
      <cac:PartyLegalEntity>
        <cbc:RegistrationName>{escape(company.name)}</cbc:RegistrationName>
      </cac:PartyLegalEntity>
    </cac:Party>
  </cac:{role}>"""


def _delivery_and_payment(sample: Sample) -> list[str]:
    country = "<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>"
    return [
        f"  <cac:Delivery><cbc:ActualDeliveryDate>{sample.issued}</cbc:ActualDeliveryDate>"
        f"<cac:DeliveryLocation><cac:Address>{country}</cac:Address></cac:DeliveryLocation></cac:Delivery>",
        f"""  <cac:PaymentMeans>
    <cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
    <cbc:PaymentID>{sample.number}</cbc:PaymentID>
    <cac:PayeeFinancialAccount><cbc:ID>{sample.account or sample.seller.iban}</cbc:ID></cac:PayeeFinancialAccount>
  </cac:PaymentMeans>""",
    ]


def _adjustments(sample: Sample) -> list[str]:
    rows = [("false", sample.allowance, "Frame agreement discount"), ("true", sample.freight, "Freight")]
    return [
        f"""  <cac:AllowanceCharge>
    <cbc:ChargeIndicator>{indicator}</cbc:ChargeIndicator>
    <cbc:AllowanceChargeReason>{reason}</cbc:AllowanceChargeReason>
    {_money("Amount", Decimal(amount), sample)}
    <cac:TaxCategory>{_category(sample.lines[0].rate)}</cac:TaxCategory>
  </cac:AllowanceCharge>"""
        for indicator, amount, reason in rows
        if Decimal(amount)
    ]


def _vat(sample: Sample) -> list[str]:
    rows = [
        f"""    <cac:TaxSubtotal>
      {_money("TaxableAmount", base, sample)}
      {_money("TaxAmount", _tax(base, rate), sample)}
      <cac:TaxCategory>{_category(rate, _EXEMPTION if rate == "0" else "")}</cac:TaxCategory>
    </cac:TaxSubtotal>"""
        for rate, base in _bases(sample).items()
    ]
    return ["  <cac:TaxTotal>", f"    {_money('TaxAmount', _vat_amount(sample), sample)}", *rows, "  </cac:TaxTotal>"]


def _totals(sample: Sample) -> list[str]:
    without = sum(_bases(sample).values(), Decimal(0))
    with_vat = without + _vat_amount(sample)
    rows = [
        ("LineExtensionAmount", sum((line.net for line in sample.lines), Decimal(0)), True),
        ("TaxExclusiveAmount", without, True),
        ("TaxInclusiveAmount", with_vat, True),
        ("AllowanceTotalAmount", Decimal(sample.allowance), False),
        ("ChargeTotalAmount", Decimal(sample.freight), False),
        ("PrepaidAmount", Decimal(sample.prepaid), False),
        ("PayableRoundingAmount", Decimal(sample.rounding), False),
        ("PayableAmount", with_vat - Decimal(sample.prepaid) + Decimal(sample.rounding), True),
    ]
    amounts = [f"    {_money(name, amount, sample)}" for name, amount, needed in rows if needed or amount]
    return ["  <cac:LegalMonetaryTotal>", *amounts, "  </cac:LegalMonetaryTotal>"]


def _line(sample: Sample, number: int, line: Line) -> str:
    root, quantity = ("CreditNote", "CreditedQuantity") if sample.credits else ("Invoice", "InvoicedQuantity")
    reference = f"\n    <cac:OrderLineReference><cbc:LineID>{line.order_line}</cbc:LineID></cac:OrderLineReference>"
    discount = f"""
    <cac:AllowanceCharge>
      <cbc:ChargeIndicator>false</cbc:ChargeIndicator>
      <cbc:AllowanceChargeReason>Slight scratches</cbc:AllowanceChargeReason>
      {_money("Amount", Decimal(line.discount), sample)}
    </cac:AllowanceCharge>"""
    return f"""  <cac:{root}Line>
    <cbc:ID>{number}</cbc:ID>
    <cbc:{quantity} unitCode="C62">{line.quantity}</cbc:{quantity}>
    {_money("LineExtensionAmount", line.net, sample)}{reference if line.order_line else ""}{
        discount if Decimal(line.discount) else ""
    }
    <cac:Item>
      <cbc:Name>{escape(line.name)}</cbc:Name>
      <cac:SellersItemIdentification><cbc:ID>{line.item}</cbc:ID></cac:SellersItemIdentification>
      <cac:ClassifiedTaxCategory>{_category(line.rate)}</cac:ClassifiedTaxCategory>
    </cac:Item>
    <cac:Price>{_money("PriceAmount", Decimal(line.price), sample)}</cac:Price>
  </cac:{root}Line>"""


def _bases(sample: Sample) -> dict[str, Decimal]:
    """The VAT base per rate; allowance and freight belong to the first line's rate."""
    bases: dict[str, Decimal] = {}
    for line in sample.lines:
        bases[line.rate] = bases.get(line.rate, Decimal(0)) + line.net
    bases[sample.lines[0].rate] += Decimal(sample.freight) - Decimal(sample.allowance)
    return bases


def _vat_amount(sample: Sample) -> Decimal:
    return sum((_tax(base, rate) for rate, base in _bases(sample).items()), Decimal(0))


def _tax(base: Decimal, rate: str) -> Decimal:
    return _cents(base * Decimal(rate) / 100)


def _category(rate: str, exemption: str = "") -> str:
    code = "K" if rate == "0" else "S"
    scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
    return f"<cbc:ID>{code}</cbc:ID><cbc:Percent>{rate}</cbc:Percent>{exemption}{scheme}"


def _money(name: str, amount: Decimal, sample: Sample) -> str:
    return f'<cbc:{name} currencyID="{sample.currency}">{_cents(amount)}</cbc:{name}>'


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def main() -> None:
    """Writes every sample anew."""
    from samples.cases import documents

    FOLDER.mkdir(exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
