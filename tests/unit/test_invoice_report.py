"""The tool's result is bounded, whatever the invoice holds, and says what it left out."""

import json

import yaml

from tests.unit.invoice_reader import FOLDER, read, sample

LIMIT_TOKENS = yaml.safe_load((FOLDER / "tool.yaml").read_text("utf-8"))["output_limit_tokens"]


def flooded() -> str:
    """The clean invoice with 500 lines, 200 notes, long texts, 100 references, accounts and allowances."""
    text = sample("01-clean").replace("Desk lamp Polaris", "lamp " * 2000)
    line = text[text.index("  <cac:InvoiceLine>") : text.index("</cac:InvoiceLine>") + len("</cac:InvoiceLine>")]
    reference = "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>" + "9" * 280
    reference += "</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
    means = text[text.index("  <cac:PaymentMeans>") : text.index("</cac:PaymentMeans>") + len("</cac:PaymentMeans>")]
    allowance = "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:AllowanceChargeReason>"
    allowance += f"{'r' * 500}</cbc:AllowanceChargeReason><cbc:Amount>1</cbc:Amount></cac:AllowanceCharge>"
    short = line.replace("lamp " * 2000, "lamp " * 30)
    return (
        text.replace(line, "".join(short.replace("NL-4410", f"NL-{n}") for n in range(500)))
        .replace("<cbc:DocumentCurrencyCode>", f"<cbc:Note>{'n' * 900}</cbc:Note>" * 200 + "<cbc:DocumentCurrencyCode>")
        .replace("<cbc:BuyerReference>einkauf</cbc:BuyerReference>", reference * 100)
        .replace(means, "".join(means.replace("DE28", f"DE{n:03}") for n in range(100)) + allowance * 100)
    )


def test_flood_stays_within_the_manifests_limit() -> None:
    """A result never outgrows what its manifest lets the model read (three bytes a token), so it is never cut there."""
    assert len(json.dumps(read(flooded())).encode()) < 3 * LIMIT_TOKENS


def test_left_out_parts_are_counted() -> None:
    """What is not shown is said: lines, notes and findings keep their totals."""
    facts = read(flooded())
    assert (len(facts["lines"]), facts["lines_total"]) == (40, 501)
    assert (len(facts["text_from_document"]["notes"]), facts["text_from_document"]["notes_total"]) == (12, 200)
    assert facts["arithmetic"]["findings_total"] >= len(facts["arithmetic"]["findings"]) > 0


def test_every_document_rule_shows_expected_and_found() -> None:
    """Also what agrees is shown with both values, so that a reader can follow the sum."""
    agreed = {one["rule"]: (one["expected"], one["found"]) for one in read(sample("01-clean"))["arithmetic"]["agreed"]}
    assert agreed["BR-CO-15"] == ("1663.62", "1663.62")
    assert set(agreed) == {*(f"BR-CO-{n}" for n in (10, 11, 12, 13, 14, 15, 16, 17)), "BR-S-08"}
