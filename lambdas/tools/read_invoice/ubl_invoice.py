"""Reads a UBL 2.1 Invoice or CreditNote into an `Invoice`, by the binding of EN 16931 (CEN/TS 16931-3-2)."""

from decimal import Decimal

from invoice import Adjustment, Invoice, Kind, Line, Party, Totals, VatCategory, VatSubtotal
from ubl_fields import Reader
from ubl_xml import Element

_ROOTS: dict[tuple[str, str], Kind] = {
    ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "Invoice"): "invoice",
    ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", "CreditNote"): "credit_note",
}
_CREDIT_TYPE_CODES = {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"}
"""UNCL 1001 codes that EN 16931 lets a credit note carry; some senders put them on an Invoice."""
_NOTE_LIMIT = 20_000
"""Long enough to search a note whole; the report cuts it."""


def read(root: Element) -> Invoice:
    """The document's facts. Raises `ValueError` that names the field and, for a missing one, the rule that wants it."""
    kind = _kind(root)
    document = Reader(root, root.name[1])
    is_note = kind == "credit_note"
    type_code = document.text("CreditNoteTypeCode" if is_note else "InvoiceTypeCode")
    currency = document.need_text("DocumentCurrencyCode", "BR-05")
    return Invoice(
        kind="credit_note" if type_code in _CREDIT_TYPE_CODES else kind,
        specification=document.text("CustomizationID") or "",
        type_code=type_code,
        number=document.need_text("ID", "BR-02"),
        issue_date=document.need_date("IssueDate", "BR-03"),
        due_date=_due_date(document, is_note),
        currency=currency,
        seller=_party(document.need_group("AccountingSupplierParty", "BR-06").need_group("Party", "BR-06"), "BR-06"),
        buyer=_party(document.need_group("AccountingCustomerParty", "BR-07").need_group("Party", "BR-07"), "BR-07"),
        payee=_payee(document),
        accounts=_accounts(document),
        payment_reference=_payment_reference(document),
        order_reference=_reference(document, "OrderReference"),
        billing_references=_billing_references(document),
        notes=_notes(document),
        lines=_lines(document, is_note),
        adjustments=_adjustments(document),
        vat=_vat_breakdown(document, currency),
        totals=_totals(document, currency),
        foreign_amounts=_foreign_amounts(document, currency),
    )


def _kind(root: Element) -> Kind:
    if root.name in _ROOTS:
        return _ROOTS[root.name]
    namespace, local = root.name
    hint = "; UN/CEFACT invoices (CII) are not read, ask for UBL" if local == "CrossIndustryInvoice" else ""
    raise ValueError(
        f"the root element is {local[:60]!r} in {namespace[:100]!r}; a UBL 2.1 Invoice or CreditNote is read{hint}"
    )


def _due_date(document: Reader, is_note: bool) -> str | None:
    """BT-9: a credit note has it under its payment means."""
    if not is_note:
        return document.date("DueDate")
    dates = [means.date("PaymentDueDate") for means in document.groups("PaymentMeans")]
    return next((date for date in dates if date), None)


def _party(party: Reader, rule: str | None) -> Party:
    """A party. Its legal name counts (BT-27, BT-44), the trading name where there is no other."""
    legal, trading = party.group("PartyLegalEntity"), party.group("PartyName")
    name = (legal and legal.text("RegistrationName")) or (trading and trading.text("Name"))
    if name is None and rule:
        raise ValueError(f"{party.path} has no name ({rule})")
    schemes = [scheme for scheme in party.groups("PartyTaxScheme") if _scheme(scheme) == "VAT"]
    ids = [text for group in party.groups("PartyIdentification") for text in group.texts("ID")]
    ids += legal.texts("CompanyID") if legal else []
    vat_id = next((text for scheme in schemes for text in scheme.texts("CompanyID")), None)
    return Party(name or "", vat_id, tuple(dict.fromkeys(ids[:5])))


def _scheme(reader: Reader) -> str:
    """The tax scheme, VAT where a document leaves it out."""
    scheme = reader.group("TaxScheme")
    return ((scheme and scheme.text("ID")) or "VAT").upper()


def _payee(document: Reader) -> Party | None:
    """BG-10: somebody other than the seller who is to be paid."""
    payee = document.group("PayeeParty")
    return _party(payee, None) if payee else None


def _payment_reference(document: Reader) -> str | None:
    """BT-83: what the seller wants to see on the transfer."""
    return next((text for means in document.groups("PaymentMeans") for text in means.texts("PaymentID")), None)


def _accounts(document: Reader) -> tuple[str, ...]:
    """BT-84 of every payment means, as written but without spaces."""
    found = []
    for means in document.groups("PaymentMeans"):
        account = means.group("PayeeFinancialAccount")
        text = account.text("ID") if account else None
        if text:
            found.append("".join(text.split()).upper())
    return tuple(dict.fromkeys(found))


def _reference(document: Reader, name: str) -> str | None:
    group = document.group(name)
    return group.text("ID") if group else None


def _billing_references(document: Reader) -> tuple[str, ...]:
    """BG-3: the invoices that a credit note or a correction refers to."""
    found = [group.at("InvoiceDocumentReference") for group in document.groups("BillingReference")]
    return tuple(text for reference in found if reference for text in reference.texts("ID"))


def _notes(document: Reader) -> tuple[str, ...]:
    """Free text that a person or a program may take for more than it is: notes of document, terms and lines."""
    notes = document.texts("Note", _NOTE_LIMIT)
    for name in ("PaymentTerms", "InvoiceLine", "CreditNoteLine"):
        notes += [text for group in document.groups(name) for text in group.texts("Note", _NOTE_LIMIT)]
    return tuple(notes)


def _lines(document: Reader, is_note: bool) -> tuple[Line, ...]:
    quantity = "CreditedQuantity" if is_note else "InvoicedQuantity"
    lines = tuple(_line(line, quantity) for line in document.groups("CreditNoteLine" if is_note else "InvoiceLine"))
    if not lines:
        raise ValueError(f"{document.path} has no line (BR-16)")
    return lines


def _line(line: Reader, quantity: str) -> Line:
    item, price = line.need_group("Item", "BR-25"), line.need_group("Price", "BR-26")
    reference, seller_item = line.group("OrderLineReference"), item.group("SellersItemIdentification")
    base = price.decimal("BaseQuantity")
    if base is not None and base <= 0:
        raise ValueError(f"{price.path}/cbc:BaseQuantity is {base}; write a number above 0")
    return Line(
        id=line.need_text("ID", "BR-21"),
        order_line=reference.text("LineID") if reference else None,
        item=seller_item.text("ID", 60) if seller_item else None,
        description=item.text("Name", 60) or next(iter(item.texts("Description", 60)), ""),
        quantity=line.need_decimal(quantity, "BR-22"),
        unit=line.attribute(quantity, "unitCode"),
        price=price.need_decimal("PriceAmount", "BR-26"),
        base_quantity=Decimal(1) if base is None else base,
        net_amount=line.need_decimal("LineExtensionAmount", "BR-24"),
        adjustments=_adjustments(line),
        vat=_category(item, "ClassifiedTaxCategory"),
    )


def _adjustments(reader: Reader) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(
            is_charge=group.boolean("ChargeIndicator"),
            amount=group.need_decimal("Amount", "BR-31, BR-36, BR-41, BR-43"),
            reason=next(iter(group.texts("AllowanceChargeReason", 60)), ""),
            base=group.decimal("BaseAmount"),
            percent=group.decimal("MultiplierFactorNumeric"),
            vat=_category(group, "TaxCategory"),
        )
        for group in reader.groups("AllowanceCharge")
    )


def _category(reader: Reader, name: str) -> VatCategory | None:
    """The VAT category among the tax categories; other taxes are not VAT."""
    for group in reader.groups(name):
        code = group.text("ID", 10)
        if code and _scheme(group) == "VAT":
            return VatCategory(code, group.decimal("Percent"))
    return None


def _vat_total(document: Reader, currency: str) -> Reader | None:
    """BT-110's group: the TaxTotal in the document's currency. BT-111, in the accounting currency, is another."""
    totals = document.groups("TaxTotal")
    found = [total for total in totals if total.attribute("TaxAmount", "currencyID") in (currency, None)]
    if len(found) > 1:
        raise ValueError(f"{document.path} has {len(found)} VAT totals in {currency}; it may have one")
    return found[0] if found else None


def _vat_breakdown(document: Reader, currency: str) -> tuple[VatSubtotal, ...]:
    total = _vat_total(document, currency)
    return tuple(_vat_subtotal(group) for group in total.groups("TaxSubtotal")) if total else ()


def _vat_subtotal(group: Reader) -> VatSubtotal:
    category = _category(group, "TaxCategory")
    if category is None:
        raise ValueError(f"{group.path}/cac:TaxCategory/cbc:ID is missing (BR-47)")
    return VatSubtotal(category, group.need_decimal("TaxableAmount", "BR-45"), group.need_decimal("TaxAmount", "BR-46"))


def _totals(document: Reader, currency: str) -> Totals:
    total = document.need_group("LegalMonetaryTotal", "BR-12")

    vat = _vat_total(document, currency)
    return Totals(
        lines=total.need_decimal("LineExtensionAmount", "BR-12"),
        allowances=total.decimal("AllowanceTotalAmount"),
        charges=total.decimal("ChargeTotalAmount"),
        without_vat=total.need_decimal("TaxExclusiveAmount", "BR-13"),
        vat=vat.need_decimal("TaxAmount", "BR-CO-14") if vat else None,
        with_vat=total.need_decimal("TaxInclusiveAmount", "BR-14"),
        prepaid=total.decimal("PrepaidAmount"),
        rounding=total.decimal("PayableRoundingAmount"),
        payable=total.need_decimal("PayableAmount", "BR-15"),
    )


def _foreign_amounts(document: Reader, currency: str) -> tuple[str, ...]:
    """Amounts outside the document's currency, BT-111 (a second TaxTotal) excepted: they cannot be added up."""
    vat = _vat_total(document, currency)
    amounts = [(path, code) for path, code in document.amounts() if "/TaxTotal/" not in path]
    amounts += vat.amounts() if vat else []
    return tuple(path for path, code in amounts if code != currency)
