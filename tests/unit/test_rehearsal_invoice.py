"""The invoice agent's script, turn by turn: looks up first, all at once, decides by the first row, and acts once."""

import json
from copy import deepcopy
from typing import Any

import pytest

from local.bedrock.rehearsal import Reply, Result, Turn
from local.rehearsals.invoice_reconciliation import respond
from tests.unit.invoice_reader import read, sample

VENDOR = {
    "id": "V-100", "name": "Nordlicht Bürotechnik GmbH", "vat_id": "DE999002211", "iban": "DE28999999990000000201",
    "currency": "EUR", "status": "active",
}  # fmt: skip
ORDER = {
    "id": "PO-1001", "vendor_id": "V-100", "currency": "EUR", "open_amount": "1663.62",
    "lines": [
        {"line": "1", "item": "NL-4410", "quantity": "12", "unit_price": "68"},
        {"line": "2", "item": "NL-4525", "quantity": "4", "unit_price": "145.5"},
    ],
}  # fmt: skip
TOLERANCE = {"price_percent": "2", "quantity_percent": "0", "total_amount": "1"}
RECEIVED = [{"line": "1", "quantity": "12"}, {"line": "2", "quantity": "4"}]


def result(name: str, value: Any, **arguments: Any) -> Result:
    return Result(name, arguments, value, json.dumps(value), False)


def ask(results: list[Result], task: str = "Reconcile the invoice.") -> Reply:
    return respond(Turn("", task, [], results, [], len(results)))


class Case:
    """A conversation in which everything agrees; a test changes one thing in it."""

    def __init__(self) -> None:
        self.invoice: dict[str, Any] = read(sample("01-clean"))
        self.vendor: dict[str, Any] = {"found": True, "matched_by": "vat_id", "vendor": deepcopy(VENDOR)}
        self.order: dict[str, Any] = {"found": True, "order": deepcopy(ORDER), "tolerance": dict(TOLERANCE)}
        self.received = deepcopy(RECEIVED)
        self.postings: dict[str, Any] = {}

    def results(self) -> list[Result]:
        numbers = [self.invoice["number"], *self.invoice["billing_references"]]
        searches = [{"found": number in self.postings, "posting": self.postings.get(number)} for number in numbers]
        return [
            result("read_invoice", self.invoice, document="invoice"),
            result("lookup_vendor", self.vendor),
            result("list_open_orders", {"orders": [], "more": False}),
            result("lookup_purchase_order", self.order),
            result("lookup_receipts", {"received": self.received}),
            *(
                result("find_postings", found, invoice_number=number)
                for number, found in zip(numbers, searches, strict=True)
            ),
        ]

    def decide(self) -> tuple[str, dict[str, Any]]:
        """The tool and arguments of the decision, or `answer` and the answer."""
        reply = ask(self.results())
        if not reply.proposed:
            return "answer", json.loads(reply.text)
        assert len(reply.proposed) == 1
        return reply.proposed[0].name, reply.proposed[0].arguments


@pytest.fixture
def case() -> Case:
    return Case()


def test_first_turn_reads_the_document() -> None:
    """Nothing is looked up before the document was read."""
    assert ask([]) == Reply.call("read_invoice", document="invoice")


def test_second_turn_looks_everything_up_at_once(case: Case) -> None:
    """One turn for all independent look-ups."""
    reply = ask(case.results()[:1])
    assert [(call.name, call.arguments) for call in reply.proposed] == [
        ("lookup_vendor", {"vat_id": "DE999002211"}),
        ("list_open_orders", {}),
        ("lookup_purchase_order", {"order_id": "PO-1001"}),
        ("lookup_receipts", {"order_id": "PO-1001"}),
    ]


def test_seller_without_vat_id_is_looked_up_by_name(case: Case) -> None:
    """The name is asked for only where there is no VAT id."""
    case.invoice["seller"]["vat_id"] = None
    assert ask(case.results()[:1]).proposed[0].arguments == {"name": "Nordlicht Bürotechnik GmbH"}


def test_order_is_taken_from_the_task_where_the_invoice_has_none(case: Case) -> None:
    """A person may name the order; without one in either place none is looked up."""
    case.invoice["order_reference"] = None
    named = ask(case.results()[:1], "Please check it against order PO-77, thank you.")
    assert ("lookup_receipts", {"order_id": "PO-77"}) in [(call.name, call.arguments) for call in named.proposed]
    assert [call.name for call in ask(case.results()[:1]).proposed] == ["lookup_vendor", "list_open_orders"]


def test_everything_agreeing_is_posted_to_the_registered_account(case: Case) -> None:
    """Vendor, account and order come from our records; amount and number from the invoice."""
    assert case.decide() == (
        "post_invoice",
        {
            "vendor_id": "V-100", "iban": VENDOR["iban"], "invoice_number": "NB-2026-201", "kind": "invoice",
            "amount": 1663.62, "currency": "EUR", "order_id": "PO-1001",
        },
    )  # fmt: skip


def set_path(target: Any, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        target = getattr(target, name) if isinstance(target, Case) else target[int(name) if name.isdigit() else name]
    target[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("vendor.vendor", None, "unknown_vendor"),
        ("vendor.vendor.status", "blocked", "vendor_blocked"),
        ("vendor.matched_by", "name", "unknown_vendor"),
        ("vendor.vendor.iban", "DE17999999990000000302", "bank_account"),
        ("invoice.text_from_document.accounts_mentioned", ["DE98999999990000009999"], "bank_account"),
        ("invoice.payee", {"name": "Factor AG"}, "payee"),
        ("order.order.vendor_id", "V-101", "order"),
        ("order.order.currency", "USD", "currency"),
        ("invoice.lines_total", 41, "other"),
        ("invoice.lines.0.order_line", "9", "order"),
        ("invoice.lines.0.price", "69.37", "price"),
        ("received.0.quantity", "11.9", "quantity"),
        ("received", [], "quantity"),
        ("order.order.open_amount", "1662.61", "amount"),
        ("invoice.totals.payable", "0.00", "amount"),
    ],
)
def test_one_difference_holds_the_invoice_with_its_code(case: Case, path: str, value: Any, code: str) -> None:
    """Each difference alone is enough, and the reason names it in words."""
    if path == "received":
        case.received = value
    else:
        set_path(case, path, value)
    tool, arguments = case.decide()
    assert (tool, arguments["reason_code"]) == ("hold_invoice", code)
    assert ("vendor_id" in arguments) is (path != "vendor.vendor")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("invoice.lines.0.price", "69.36"),
        ("invoice.lines.0.price", "50.00"),
        ("received.0.quantity", "13"),
        ("order.order.open_amount", "1662.62"),
        ("invoice.payment.accounts", []),
        ("invoice.payee", {"name": "NORDLICHT Bürotechnik GmbH"}),
    ],
)
def test_difference_within_tolerance_is_posted(case: Case, path: str, value: Any) -> None:
    """Two percent on the price, one euro on the total, and what favours us: no reason to hold."""
    set_path(case, path, value)
    assert case.decide()[0] == "post_invoice"


def test_two_lines_for_one_order_line_are_added_up(case: Case) -> None:
    """Billing a line in two halves, each as large as what arrived, is billing it twice."""
    case.invoice["lines"].append(dict(case.invoice["lines"][0]))
    case.invoice["lines_total"] = 3
    assert case.decide()[1]["reason"] == "Order line 1: 24 billed, 12 received."


def test_price_per_hundred_is_compared_per_piece(case: Case) -> None:
    """A price for a base quantity is divided by it first."""
    case.invoice["lines"][0] |= {"price": "6800", "price_is_for": "100"}
    assert case.decide()[0] == "post_invoice"


def test_line_is_matched_by_item_where_no_order_line_is_given(case: Case) -> None:
    """Lines in another order than the order's still meet theirs."""
    for line in case.invoice["lines"]:
        line["order_line"] = None
    case.invoice["lines"].reverse()
    assert case.decide()[0] == "post_invoice"


def test_wrong_sums_ask_for_a_corrected_invoice(case: Case) -> None:
    """The vendor reads which rule, what was expected and what was found."""
    case.invoice = read(sample("01-clean").replace(">1663.62</cbc:PayableAmount>", ">1700.00</cbc:PayableAmount>"))
    tool, arguments = case.decide()
    assert (tool, arguments["vendor_id"]) == ("message_vendor", "V-100")
    assert "(BR-CO-16): 1663.62 expected, 1700.00 found" in arguments["body"]


def test_unknown_order_asks_the_vendor(case: Case) -> None:
    """An order number that we do not have is the vendor's to explain."""
    case.order = {"found": False, "order": None, "tolerance": None}
    tool, arguments = case.decide()
    assert (tool, "PO-1001 is not one of ours" in arguments["body"]) == ("message_vendor", True)


def test_earlier_posting_rejects_without_a_call(case: Case) -> None:
    """A duplicate needs no action, only the answer."""
    posting = {"amount": "1663.62", "currency": "EUR", "posted_at": "2026-11-03T10:00:00", "posting_id": "P-1"}
    case.postings[case.invoice["number"]] = posting
    tool, answer = case.decide()
    assert (tool, answer["status"]) == ("answer", "rejected")
    assert answer["reason"].endswith("already posted: 1663.62 EUR on 2026-11-03 as P-1.")


@pytest.mark.parametrize(
    ("posted", "tool", "detail"),
    [
        ("1663.62", "post_invoice", "credit_note"),
        ("1663.61", "hold_invoice", "credit"),
        (None, "hold_invoice", "credit"),
    ],
)
def test_credit_needs_a_posting_that_covers_it(case: Case, posted: str | None, tool: str, detail: str) -> None:
    """A credit note is posted up to what was posted before, as a positive amount; otherwise it is held."""
    case.invoice |= {"kind": "credit_note", "billing_references": ["NB-1"]}
    if posted:
        case.postings["NB-1"] = {"amount": posted}
    name, arguments = case.decide()
    assert (name, arguments.get("kind", arguments.get("reason_code"))) == (tool, detail)


def test_invoice_below_zero_is_a_credit(case: Case) -> None:
    """A negative payable amount is never posted as an invoice."""
    case.invoice["totals"]["payable"] = "-10.00"
    case.invoice["billing_references"] = ["NB-1"]
    case.postings["NB-1"] = {"amount": "100.00"}
    assert (case.decide()[1]["kind"], case.decide()[1]["amount"]) == ("credit_note", 10.0)


def test_unreadable_document_is_rejected_with_the_tools_words() -> None:
    """No invoice, no look-up: the message is the reason."""
    error = {"error": "ValueError", "message": "the document has a DOCTYPE"}
    answer = json.loads(ask([Result("read_invoice", {"document": "invoice"}, error, json.dumps(error), True)]).text)
    assert (answer["status"], answer["invoice"]) == ("rejected", None)
    assert answer["reason"] == "Unreadable: the document has a DOCTYPE"


@pytest.mark.parametrize("tool", ["lookup_vendor", "list_open_orders", "lookup_receipts", "find_postings"])
def test_failed_lookup_is_held(case: Case, tool: str) -> None:
    """What could not be looked up is not assumed."""
    results = [
        Result(one.name, one.arguments, {"message": "the table is away"}, "{}", True) if one.name == tool else one
        for one in case.results()
    ]
    assert "the table is away" in ask(results).proposed[0].arguments["reason"]


@pytest.mark.parametrize("tool", ["post_invoice", "hold_invoice", "message_vendor"])
def test_action_that_did_not_run_is_answered_never_repeated(case: Case, tool: str) -> None:
    """A person's no, an expired question or a failure is the end, with its words as the reason."""
    refused = Result(tool, {}, None, "ben refused it: too early. Do not propose it again.", True)
    answer = json.loads(ask([*case.results(), refused]).text)
    assert (answer["status"], "ben refused it: too early" in answer["reason"]) == ("rejected", True)


@pytest.mark.parametrize(
    ("tool", "arguments", "value", "status", "reference"),
    [
        ("post_invoice", {"kind": "invoice", "order_id": "PO-1001"},
         {"posting_id": "P-1", "amount": "1.00", "currency": "EUR"}, "posted", "P-1"),
        ("hold_invoice", {"reason": "too dear"}, {"hold_id": "H-1"}, "held", "H-1"),
        ("message_vendor", {"body": "Sums.", "subject": "S"},
         {"message_id": "M-1", "to": "a@b"}, "asked_vendor", "M-1"),
    ],
)  # fmt: skip
def test_done_action_is_answered_with_its_reference(
    case: Case, tool: str, arguments: dict[str, Any], value: dict[str, Any], status: str, reference: str
) -> None:
    """The answer's status follows from the action that ran, and names what it left behind."""
    answer = json.loads(ask([*case.results(), result(tool, value, **arguments)]).text)
    assert (answer["status"], answer["reference"], answer["amount"]) == (status, reference, "1663.62")
