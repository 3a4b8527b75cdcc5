"""Plays the invoice agent's model without a model: looks up, decides by `invoice_rows`, acts once, answers.

It never sees a file name, and it knows no sample: what it does with an invoice follows from the invoice and the ledger.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from local.bedrock.rehearsal import Reply, Result, Turn
from local.rehearsals import invoice_rows
from local.rehearsals.invoice_rows import Facts

_REFERENCES = {"post_invoice": "posting_id", "hold_invoice": "hold_id", "message_vendor": "message_id"}
_STATUSES = {"post_invoice": "posted", "hold_invoice": "held", "message_vendor": "asked_vendor"}


def respond(turn: Turn) -> Reply:
    """Every path ends: a call that did not run is answered with why, and never proposed again."""
    read = turn.results_of("read_invoice")
    if not read:
        return Reply.call("read_invoice", document="invoice")
    if not _is_good(read[-1]):
        return Reply.answer({"status": "rejected", "invoice": None, "reason": f"Unreadable: {_told(read[-1])}"[:1500]})
    facts = _facts(turn)
    acted = [result for result in turn.results if result.name in _STATUSES]
    if acted:
        return _after(acted[-1], facts)
    failed = next((result for result in turn.results if not _is_good(result)), None)
    if failed:
        return invoice_rows.hold(facts, "other", f"It could not be checked, {failed.name} failed: {_told(failed)}")
    return _next_lookup(turn, facts) or invoice_rows.decide(facts)


def _is_good(result: Result) -> bool:
    """Whether the tool ran and its whole output is there; an error's text may be JSON too."""
    return not result.is_error and isinstance(result.value, dict)


def _told(result: Result) -> str:
    """An error in words, without the JSON around it."""
    return str(result.value["message"]) if isinstance(result.value, dict) and "message" in result.value else result.text


def _facts(turn: Turn) -> Facts:
    """The last good result of each tool; of the searches, each by its number."""

    def last(name: str) -> dict[str, Any]:
        found = [result.value for result in turn.results_of(name) if _is_good(result)]
        return found[-1] if found else {}

    vendor, order = last("lookup_vendor"), last("lookup_purchase_order")
    searches = [result for result in turn.results_of("find_postings") if _is_good(result)]
    return Facts(
        invoice=last("read_invoice"),
        vendor=vendor.get("vendor") or {},
        matched_by=vendor.get("matched_by", ""),
        order=order.get("order") or {},
        tolerance=order.get("tolerance") or {},
        received={line["line"]: Decimal(line["quantity"]) for line in last("lookup_receipts").get("received", [])},
        postings={one.arguments["invoice_number"]: one.value["posting"] for one in searches if one.value["found"]},
    )


def _next_lookup(turn: Turn, facts: Facts) -> Reply | None:
    """What is still to be looked up, all of it in one turn; None when everything is known."""
    if not turn.results_of("lookup_vendor"):
        return Reply.calls(_first_lookups(turn, facts.invoice))
    if not facts.vendor or turn.results_of("find_postings"):
        return None
    numbers = dict.fromkeys([facts.invoice["number"], *facts.invoice["billing_references"]])
    keys = [{"vendor_id": facts.vendor["id"], "invoice_number": number} for number in numbers]
    return Reply.calls([("find_postings", key) for key in keys[:8]])


def _first_lookups(turn: Turn, invoice: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    seller = invoice["seller"]
    yield "lookup_vendor", {"vat_id": seller["vat_id"][:40]} if seller["vat_id"] else {"name": seller["name"]}
    yield "list_open_orders", {}
    order_id = _order_named(invoice, turn)
    if order_id:
        yield "lookup_purchase_order", {"order_id": order_id}
        yield "lookup_receipts", {"order_id": order_id}


def _order_named(invoice: dict[str, Any], turn: Turn) -> str | None:
    """The invoice's order, else the first word of the task that looks like one of our order numbers."""
    words = (word.strip(".,;:()") for word in turn.instruction_text.split())
    order_id: str | None = invoice["order_reference"] or next((word for word in words if word.startswith("PO-")), None)
    return order_id[:60] if order_id else None


def _after(result: Result, facts: Facts) -> Reply:
    """The answer to what became of the one action; a refusal, by a person or a rule, is the answer's reason."""
    if not _is_good(result):
        return invoice_rows.answer(facts, "rejected", f"{result.name} was not carried out: {_told(result)}")
    reference = result.value[_REFERENCES[result.name]]
    return invoice_rows.answer(facts, _STATUSES[result.name], _reason(result), reference)


def _reason(result: Result) -> str:
    """In words, from what was proposed and what came back."""
    said, done = result.arguments, result.value
    if result.name == "hold_invoice":
        return str(said["reason"])
    if result.name == "message_vendor":
        return f"{said['body'].splitlines()[0]} Asked {done['to']}: {said['subject']}"
    checked = "was posted before" if said["kind"] == "credit_note" else "was received"
    return f"It agrees with order {said['order_id']} and what {checked}; {done['amount']} {done['currency']} posted."
