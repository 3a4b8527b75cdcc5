"""The rows of the invoice agent's instructions as code: the first that applies decides, and the last always does.

Holds no state and makes no calls; `invoice_reconciliation` brings the facts and takes the reply.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.bedrock.rehearsal import Reply

Json = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What the tools returned; empty where they had nothing to return or were not asked."""

    invoice: Json
    vendor: Json
    matched_by: str
    order: Json
    tolerance: Json
    received: dict[str, Decimal]
    postings: dict[str, Json]

    @property
    def payable(self) -> Decimal:
        return Decimal(self.invoice["totals"]["payable"])

    @property
    def is_credit(self) -> bool:
        """Money comes back: a credit note, or an invoice below zero."""
        return self.invoice["kind"] == "credit_note" or self.payable < 0

    def pairs(self) -> Iterator[tuple[Json, Json]]:
        """Each line of the invoice with the order's line that it bills, or with nothing."""
        for line in self.invoice["lines"]:
            yield line, _order_line(line, self.order["lines"])


Row = Callable[[Facts], Reply | None]


def decide(facts: Facts) -> Reply:
    """The reply of the first row that applies."""
    return next(reply for row in _ROWS if (reply := row(facts)))


def hold(facts: Facts, code: str, reason: str) -> Reply:
    """A proposal to hold the invoice."""
    arguments = {
        "invoice_number": facts.invoice["number"],
        "seller_name": facts.invoice["seller"]["name"],
        "reason_code": code,
        "reason": _cut(reason, 1000),
    }
    return Reply.call("hold_invoice", **arguments, **({"vendor_id": facts.vendor["id"]} if facts.vendor else {}))


def answer(facts: Facts, status: str, reason: str, reference: str | None = None) -> Reply:
    """The final answer, with what is known of the invoice."""
    invoice = facts.invoice
    known = {
        "seller": invoice["seller"]["name"],
        "vendor_id": facts.vendor.get("id"),
        "order_id": facts.order.get("id"),
        "amount": invoice["totals"]["payable"],
        "currency": invoice["currency"][:3],
        "reference": reference,
    }
    return Reply.answer({"status": status, "invoice": invoice["number"], "reason": _cut(reason, 1500), **known})


def _unknown_vendor(facts: Facts) -> Reply | None:
    seller = facts.invoice["seller"]
    if not facts.vendor:
        known_as = f"VAT id {seller['vat_id']}" if seller["vat_id"] else "no VAT id"
        return hold(facts, "unknown_vendor", f"We do not know the vendor {seller['name']} ({known_as}).")
    return None


def _duplicate(facts: Facts) -> Reply | None:
    posting = facts.postings.get(facts.invoice["number"])
    if posting is None:
        return None
    text = f"{posting['amount']} {posting['currency']} on {posting['posted_at'][:10]} as {posting['posting_id']}"
    return answer(facts, "rejected", f"This invoice number of this vendor was already posted: {text}.")


def _blocked_vendor(facts: Facts) -> Reply | None:
    if facts.vendor["status"] == "active":
        return None
    return hold(facts, "vendor_blocked", f"The vendor is {facts.vendor['status']} in the vendor master.")


def _other_vat_id(facts: Facts) -> Reply | None:
    """A name alone proves little: anybody can write a known one on an invoice."""
    claimed = facts.invoice["seller"]["vat_id"]
    if facts.matched_by != "name" or not claimed:
        return None
    return hold(facts, "unknown_vendor", f"The name is known, the VAT id {claimed} is not {facts.vendor['vat_id']}.")


def _other_account(facts: Facts) -> Reply | None:
    """Also an account that only the text mentions: that is how a changed account is smuggled in."""
    registered = facts.vendor["iban"]
    to_pay = [entry["account"] for entry in facts.invoice["payment"]["accounts"] if entry["account"] != registered]
    if to_pay:
        return hold(facts, "bank_account", f"It asks to pay to {to_pay[0]}; registered is {registered}.")
    in_text = [iban for iban in facts.invoice["text_from_document"]["accounts_mentioned"] if iban != registered]
    if in_text:
        says = f"Its notes, which instruct nobody here, name the account {in_text[0]}; registered is {registered}."
        return hold(facts, "bank_account", says)
    return None


def _other_payee(facts: Facts) -> Reply | None:
    payee, seller = facts.invoice["payee"], facts.invoice["seller"]
    if not payee or payee["name"].casefold() == seller["name"].casefold():
        return None
    return hold(facts, "payee", f"It asks to pay {payee['name']}, who is not the seller {seller['name']}.")


def _wrong_sums(facts: Facts) -> Reply | None:
    if facts.invoice["arithmetic"]["consistent"]:
        return None
    wrong = "; ".join(
        f"{one['where']}, {one['meaning']} ({one['rule']}): {one['expected']} expected, {one['found']} found"
        for one in facts.invoice["arithmetic"]["findings"][:5]
    )
    return _ask(facts, "Please send a corrected invoice", f"The sums do not agree: {wrong}.")


def _no_order(facts: Facts) -> Reply | None:
    if facts.order:
        return None
    reference = facts.invoice["order_reference"]
    problem = f"The order number {reference} is not one of ours." if reference else "It has no order number."
    return _ask(facts, "Which of our orders is this for?", problem)


def _other_order(facts: Facts) -> Reply | None:
    order, vendor_id = facts.order, facts.vendor["id"]
    if order["vendor_id"] == vendor_id:
        return None
    return hold(facts, "order", f"Order {order['id']} was placed with {order['vendor_id']}, not with {vendor_id}.")


def _other_currency(facts: Facts) -> Reply | None:
    currency, order = facts.invoice["currency"], facts.order
    if currency != order["currency"]:
        return hold(facts, "currency", f"It is in {currency}, order {order['id']} is in {order['currency']}.")
    if currency != "EUR":
        return hold(facts, "currency", f"It is in {currency}, and the books are in EUR.")
    return None


def _credit(facts: Facts) -> Reply | None:
    if not facts.is_credit:
        return None
    references, credited = facts.invoice["billing_references"], abs(facts.payable)
    posted = [Decimal(facts.postings[number]["amount"]) for number in references if number in facts.postings]
    if not posted:
        return hold(
            facts, "credit", f"It credits {', '.join(references) or 'no named invoice'}; we have not posted that."
        )
    if credited > sum(posted):
        return hold(facts, "credit", f"It credits {credited}, more than the {sum(posted)} that we posted.")
    return _post(facts)


def _unseen_lines(facts: Facts) -> Reply | None:
    shown, total = len(facts.invoice["lines"]), facts.invoice["lines_total"]
    return hold(facts, "other", f"Only {shown} of its {total} lines could be compared.") if shown < total else None


def _unordered_line(facts: Facts) -> Reply | None:
    for line, ordered in facts.pairs():
        if not ordered:
            says = f"Line {line['line']}, {line['description']!r}, is not on order {facts.order['id']}."
            return hold(facts, "order", says)
    return None


def _price(facts: Facts) -> Reply | None:
    percent = Decimal(facts.tolerance["price_percent"])
    for line, ordered in facts.pairs():
        price = Decimal(line["price"]) / Decimal(line.get("price_is_for", "1"))
        agreed = Decimal(ordered["unit_price"])
        if price > agreed * (1 + percent / 100):
            says = f"Line {line['line']} costs {price} each, ordered at {agreed}; {percent}% above is allowed."
            return hold(facts, "price", says)
    return None


def _quantity(facts: Facts) -> Reply | None:
    """Billed against received, added up per order line: two lines of the invoice may bill the same one."""
    percent = Decimal(facts.tolerance["quantity_percent"])
    billed: dict[str, Decimal] = {}
    for line, ordered in facts.pairs():
        billed[ordered["line"]] = billed.get(ordered["line"], Decimal(0)) + Decimal(line["quantity"])
    for number, quantity in billed.items():
        received = facts.received.get(number, Decimal(0))
        if quantity > received * (1 + percent / 100):
            return hold(facts, "quantity", f"Order line {number}: {quantity} billed, {received} received.")
    return None


def _amount(facts: Facts) -> Reply | None:
    order, currency = facts.order, facts.invoice["currency"]
    if facts.payable == 0:
        return hold(facts, "amount", "Nothing is payable.")
    if facts.payable > Decimal(order["open_amount"]) + Decimal(facts.tolerance["total_amount"]):
        says = f"{facts.payable} {currency} is payable; order {order['id']} has {order['open_amount']} {currency} open."
        return hold(facts, "amount", says)
    return None


def _post(facts: Facts) -> Reply:
    return Reply.call(
        "post_invoice",
        vendor_id=facts.vendor["id"],
        iban=facts.vendor["iban"],
        invoice_number=facts.invoice["number"],
        kind="credit_note" if facts.is_credit else "invoice",
        amount=float(abs(facts.payable)),
        currency=facts.invoice["currency"],
        order_id=facts.order["id"],
    )


def _ask(facts: Facts, subject: str, problem: str) -> Reply:
    number = facts.invoice["number"]
    body = f"{problem}\n\nThis is about your invoice {number}. We will process it once we have your answer."
    return Reply.call(
        "message_vendor",
        vendor_id=facts.vendor["id"],
        invoice_number=number,
        subject=subject,
        body=_cut(body, 2000),
    )


def _order_line(line: Json, ordered: list[Json]) -> Json:
    """By the order line that the invoice names, else by the seller's item, else by the line's own number."""
    keys = [("line", line["order_line"]), ("item", line["item"]), ("line", line["line"])]
    name, value = next((name, value) for name, value in keys if value)
    return next((one for one in ordered if one[name] == value), {})


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


_ROWS: tuple[Row, ...] = (
    _unknown_vendor, _duplicate, _blocked_vendor, _other_vat_id, _other_account, _other_payee, _wrong_sums, _no_order,
    _other_order, _other_currency, _credit, _unseen_lines, _unordered_line, _price, _quantity, _amount, _post,
)  # fmt: skip
