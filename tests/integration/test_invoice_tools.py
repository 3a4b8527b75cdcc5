"""The ledger's tools: exact look-ups, one posting per invoice number, and nothing twice for one idempotency key."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tollgate.errors import ToolTransientError

from local import ledger
from samples.companies import BROUWERS, NORDLICHT, PAPIERWERK, STRANGER_IBAN
from tests.integration.invoice_world import TABLE, World, open_ledger

POST = {
    "vendor_id": "V-101", "iban": PAPIERWERK.iban, "invoice_number": "26-1188", "kind": "invoice", "amount": 328.44,
    "currency": "EUR", "order_id": "PO-1002",
}  # fmt: skip
HOLD = {"invoice_number": "X-1", "seller_name": "A", "reason_code": "price", "reason": "too dear"}
MESSAGE = {"vendor_id": "V-103", "invoice_number": "X-1", "subject": "Sums", "body": "They do not agree."}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with open_ledger(monkeypatch) as opened:
        yield opened


def order(world: World, order_id: str) -> dict[str, Any]:
    return next(item for item in world.items("order") if item["id"] == order_id)


@pytest.mark.parametrize(
    ("arguments", "matched_by"),
    [
        ({"vendor_id": "V-100"}, "vendor_id"),
        ({"vat_id": "de 999 002 211"}, "vat_id"),
        ({"name": "NORDLICHT  Bürotechnik gmbh."}, "name"),
        ({"name": "Papierwerk Aue KG", "vat_id": "DE999002211"}, "vat_id"),
    ],
)
def test_vendor_is_found_by_its_strongest_key(world: World, arguments: dict[str, str], matched_by: str) -> None:
    """Spaces, case and punctuation do not matter; a VAT id outweighs a name."""
    found = world.call("lookup_vendor", arguments)
    assert (found["matched_by"], found["vendor"]["id"]) == (matched_by, "V-100")
    assert found["vendor"]["iban"] == NORDLICHT.iban


@pytest.mark.parametrize(
    "arguments", [{"vat_id": "DE000000000"}, {"name": "Nordlicht"}, {"name": "---"}, {"vendor_id": "v-100"}]
)
def test_near_miss_is_no_vendor(world: World, arguments: dict[str, str]) -> None:
    """Half a name, another case of our own id or nothing at all finds nobody, and says what was looked for."""
    found = world.call("lookup_vendor", arguments)
    assert (found["found"], found["vendor"]) == (False, None)
    assert next(iter(arguments.values())) in found["message"]


def test_order_comes_with_its_tolerances(world: World) -> None:
    """Lines, open amount and finance's tolerances in one answer, numbers as text."""
    found = world.call("lookup_purchase_order", {"order_id": " po-1001 "})
    assert found["order"]["lines"][1]["unit_price"] == "145.5"
    assert (found["order"]["open_amount"], found["order"]["vendor_id"]) == ("1663.62", "V-100")
    assert found["tolerance"] == {"price_percent": "2", "quantity_percent": "0", "total_amount": "1"}


def test_unknown_order_is_said(world: World) -> None:
    """An order number from anywhere else is not ours."""
    assert world.call("lookup_purchase_order", {"order_id": "123"})["message"] == "we have no order '123'"


def test_ledger_without_tolerances_fails_in_words(world: World) -> None:
    """No tolerance is not a tolerance of zero or of anything: finance has to say."""
    boto3.resource("dynamodb").Table(TABLE).delete_item(Key={"kind": "setting", "id": "tolerance"})
    with pytest.raises(ValueError, match="no tolerance settings"):
        world.call("lookup_purchase_order", {"order_id": "PO-1001"})


def test_receipts_are_added_up_per_line(world: World) -> None:
    """Two deliveries of one line count together; an order whose number begins alike does not."""
    table = boto3.resource("dynamodb").Table(TABLE)
    lines = [{"line": "1", "quantity": Decimal("2.5")}]
    for order_id, receipt in (("PO-1004", "GR-9"), ("PO-10041", "GR-8")):
        table.put_item(
            Item={"kind": "receipt", "id": f"{order_id}#{receipt}", "lines": lines, "received_on": "2026-11-09"}
        )
    found = world.call("lookup_receipts", {"order_id": "PO-1004"})
    assert found["received"] == [{"line": "1", "quantity": "46.5"}]
    assert [receipt["id"] for receipt in found["receipts"]] == ["GR-5106", "GR-9"]


def test_nothing_received_is_an_empty_list(world: World) -> None:
    """An order that nothing arrived for is not an error."""
    assert world.call("lookup_receipts", {"order_id": "PO-9"})["received"] == []


def test_open_orders_need_no_argument_and_leave_out_the_billed(world: World) -> None:
    """What is still to be billed, with the registered account of its vendor; PO-1005 and PO-1007 are done."""
    listed = world.call("list_open_orders", {})
    assert [row["order_id"] for row in listed["orders"]] == [
        f"PO-{n}" for n in range(1001, 1014) if n not in (1005, 1007)
    ]
    assert listed["orders"][4] == {
        "order_id": "PO-1006", "vendor_id": "V-103", "vendor_name": BROUWERS.name, "iban": BROUWERS.iban,
        "open_amount": "900.00", "currency": "EUR",
    }  # fmt: skip


def test_many_open_orders_are_cut_and_said(world: World) -> None:
    """Sixty are shown, and that there are more."""
    table = boto3.resource("dynamodb").Table(TABLE)
    for number in range(100):
        extra: dict[str, Any] = {"vendor_id": "V-100", "currency": "EUR", "open_amount": 5}
        table.put_item(Item={"kind": "order", "id": f"PO-2{number:03}", **extra})
    listed = world.call("list_open_orders", {})
    assert (len(listed["orders"]), listed["more"]) == (60, True)


def test_posting_lowers_what_the_order_has_open(world: World) -> None:
    """A posting and the order's open amount change together."""
    posted = world.call("post_invoice", POST)
    assert (posted["posted"], posted["amount"]) == (True, "328.44")
    assert order(world, "PO-1002")["open_amount"] == 0
    found = world.call("find_postings", {"vendor_id": "V-101", "invoice_number": "26 1188"})
    assert found["posting"]["posting_id"] == posted["posting_id"]


def test_posting_and_the_record_of_its_call_are_one_write(world: World) -> None:
    """What the tool returns is what its own transaction recorded."""
    posted = world.call("post_invoice", POST, key="a" * 64)
    assert world.recorded("a" * 64) == posted


def test_attempt_that_no_longer_has_its_call_posts_nothing(world: World) -> None:
    """Where the record says that the call is over, the posting and the order stay as they are."""
    world.call("post_invoice", POST, key="a" * 64)
    before = (world.items("posting"), world.items("order"))
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        world.call("post_invoice", {**POST, "invoice_number": "another"}, key="a" * 64)
    assert (world.items("posting"), world.items("order")) == before


def test_refused_posting_records_nothing(world: World) -> None:
    """A call that the books refuse is not done: the wrapper records its error."""
    with pytest.raises(ValueError, match="is not an order of this vendor"):
        world.call("post_invoice", {**POST, "order_id": "PO-0"}, key="a" * 64)
    assert world.recorded("a" * 64) is None


@pytest.mark.parametrize("number", ["26-1188", " 26 1188 ", "26/1188"])
def test_same_number_under_another_key_is_refused(world: World, number: str) -> None:
    """Another call for the same invoice number, however it is spelled, is told of the first posting."""
    first = world.call("post_invoice", POST, key="a" * 64)
    with pytest.raises(ValueError, match=f"was already posted as {first['posting_id']}"):
        world.call("post_invoice", {**POST, "invoice_number": number}, key="b" * 64)
    assert order(world, "PO-1002")["open_amount"] == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"iban": STRANGER_IBAN}, "not the one registered for V-101"),
        ({"vendor_id": "V-999"}, "'V-999' is not an active vendor"),
        ({"order_id": "PO-1001"}, "'PO-1001' is not an order of this vendor in EUR"),
        ({"order_id": "PO-0"}, "'PO-0' is not an order of this vendor in EUR"),
        ({"amount": 328.444}, "more than two decimals"),
    ],
)
def test_wrong_posting_is_refused_whoever_approved_it(world: World, change: dict[str, Any], says: str) -> None:
    """The tool itself is the last door: account, vendor, order and cents must be right, or nothing is written."""
    before = (world.items("posting"), world.items("order"))
    with pytest.raises(ValueError, match=says):
        world.call("post_invoice", {**POST, **change})
    assert (world.items("posting"), world.items("order")) == before


def test_blocked_vendor_is_not_paid(world: World) -> None:
    """A vendor that was blocked after the look-up is still not paid."""
    table = boto3.resource("dynamodb").Table(TABLE)
    table.update_item(
        Key={"kind": "vendor", "id": "V-101"},
        UpdateExpression="SET #s = :blocked",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":blocked": "blocked"},
    )
    with pytest.raises(ValueError, match="not an active vendor"):
        world.call("post_invoice", POST)


def test_credit_note_is_posted_below_zero(world: World) -> None:
    """The amount is given positive, so that thresholds see its size, and booked negative."""
    credit = {**POST, "kind": "credit_note", "amount": 100.0, "invoice_number": "G-1"}
    assert world.call("post_invoice", credit)["amount"] == "-100.00"
    assert order(world, "PO-1002")["open_amount"] == Decimal("428.44")


def test_amount_keeps_its_cents_through_json(world: World) -> None:
    """0.1 + 0.2 as a JSON number is refused, 0.3 is thirty cents exactly: no binary fraction reaches the books."""
    with pytest.raises(ValueError, match="more than two decimals"):
        world.call("post_invoice", {**POST, "amount": 0.1 + 0.2})
    assert world.call("post_invoice", {**POST, "amount": 0.3})["amount"] == "0.30"


@pytest.mark.parametrize(
    ("code", "reasons", "error"),
    [
        ("TransactionCanceledException", [{"Code": "TransactionConflict"}, {"Code": "None"}], ToolTransientError),
        ("TransactionCanceledException", [{"Code": "ThrottlingError"}], ToolTransientError),
        ("AccessDeniedException", [], ClientError),
    ],
)
def test_busy_ledger_is_tried_again_and_a_broken_one_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, reasons: list[dict[str, str]], error: type[Exception]
) -> None:
    """Only a conflict or a throttle asks for another attempt; missing rights are a failure."""
    response: Any = {"Error": {"Code": code, "Message": "no"}, "CancellationReasons": reasons}
    real = boto3.client("dynamodb").__class__._make_api_call  # type: ignore[attr-defined]

    def fail(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "TransactWriteItems":
            raise ClientError(response, operation)
        return real(client, operation, arguments)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    with pytest.raises(error):
        world.call("post_invoice", POST)


@pytest.mark.parametrize(
    ("tool", "arguments", "kind"), [("hold_invoice", HOLD, "hold"), ("message_vendor", MESSAGE, "message")]
)
def test_keyed_effect_happens_once(world: World, tool: str, arguments: dict[str, Any], kind: str) -> None:
    """A second attempt with the same key returns what the first one wrote; another call writes its own."""
    first = world.call(tool, arguments, key="a" * 64)
    assert world.call(tool, {**arguments, "invoice_number": "changed"}, key="a" * 64) == first
    assert [item["invoice_number"] for item in world.items(kind)] == ["X-1"]
    assert world.call(tool, arguments, key="b" * 64) != first
    assert len(world.items(kind)) == 2


def test_message_goes_to_the_master_address(world: World) -> None:
    """The recipient comes from the vendor master; nobody else can be written to."""
    assert world.call("message_vendor", MESSAGE)["to"] == BROUWERS.email
    with pytest.raises(ValueError, match="'V-9' is not a vendor of ours"):
        world.call("message_vendor", {**MESSAGE, "vendor_id": "V-9"})


def test_seeding_again_undoes_nothing(world: World) -> None:
    """A second seed writes nothing, so a running demo keeps its postings."""
    world.call("post_invoice", POST)
    assert ledger.seed(TABLE, boto3.client("dynamodb")) == 0
    assert order(world, "PO-1002")["open_amount"] == 0
