"""Posts an invoice once: the posting and what is left open of its order change together or not at all."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from tollgate.errors import ToolTransientError
from tollgate.tool_runtime.tool_call import ToolCall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The posting. A second attempt with the same idempotency key finds the first; another call gets `ValueError`."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    _check_vendor(table, arguments)
    posting = _posting(arguments, call)
    try:
        table.meta.client.transact_write_items(TransactItems=_writes(table.name, posting))
    except ClientError as error:
        _refuse_unless_a_condition_failed(error)
        posting = _earlier(table, posting)
    kept = {name: str(posting[name]) for name in ("posting_id", "currency", "posted_at")}
    return {"posted": True, "amount": f"{posting['amount']:.2f}", **kept}


def _check_vendor(table: Any, arguments: dict[str, Any]) -> None:
    """Raises `ValueError` unless the account is the one that the vendor master has: the last door before the money."""
    vendor = table.get_item(Key={"kind": "vendor", "id": arguments["vendor_id"]}, ConsistentRead=True).get("Item")
    if not vendor or vendor["status"] != "active":
        raise ValueError(f"{arguments['vendor_id']!r} is not an active vendor; hold the invoice")
    if "".join(arguments["iban"].split()).upper() != vendor["iban"]:
        raise ValueError(f"the IBAN is not the one registered for {vendor['id']}; hold the invoice")


def _posting(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The ledger's item; a credit note's amount is negative."""
    amount = Decimal(str(arguments["amount"]))
    if amount != round(amount, 2):
        raise ValueError(f"the amount {amount} has more than two decimals; EUR has two")
    number = "".join(character for character in arguments["invoice_number"].upper() if character.isalnum()) or "-"
    return {
        "kind": "posting",
        "id": f"{arguments['vendor_id']}#{number}",
        "posting_id": f"P-{call.idempotency_key[:12]}",
        "idempotency_key": call.idempotency_key,
        "execution_id": call.execution_id,
        "invoice_number": arguments["invoice_number"],
        "kind_of_document": arguments["kind"],
        "amount": -amount if arguments["kind"] == "credit_note" else amount,
        "currency": arguments["currency"],
        "iban": "".join(arguments["iban"].split()).upper(),
        "order_id": arguments["order_id"].strip().upper(),
        "posted_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _writes(table: str, posting: dict[str, Any]) -> "list[TransactWriteItemTypeDef]":
    """Two writes in one transaction: a new posting, and the order's open amount less the posted one."""
    put: Any = {"TableName": table, "Item": posting, "ConditionExpression": "attribute_not_exists(id)"}
    update: Any = {
        "TableName": table,
        "Key": {"kind": "order", "id": posting["order_id"]},
        "UpdateExpression": "SET open_amount = open_amount - :amount",
        "ConditionExpression": "vendor_id = :vendor AND currency = :currency",
        "ExpressionAttributeValues": {
            ":amount": posting["amount"],
            ":vendor": posting["id"].partition("#")[0],
            ":currency": posting["currency"],
        },
    }
    return [{"Put": put}, {"Update": update}]


def _refuse_unless_a_condition_failed(error: ClientError) -> None:
    """A conflict with another transaction is worth another try; anything else is not ours to explain."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons: Any = error.response.get("CancellationReasons", [])
    others = {reason.get("Code") for reason in reasons} - {None, "None", "ConditionalCheckFailed"}
    if others:
        raise ToolTransientError(f"the ledger was busy: {', '.join(sorted(others))}") from error


def _earlier(table: Any, posting: dict[str, Any]) -> dict[str, Any]:
    """The posting that this very call wrote before. Raises `ValueError` if another call did, or the order is wrong."""
    key = {"kind": posting["kind"], "id": posting["id"]}
    earlier: dict[str, Any] | None = table.get_item(Key=key, ConsistentRead=True).get("Item")
    number = posting["invoice_number"]
    if earlier is None:
        raise ValueError(f"{posting['order_id']!r} is not an order of this vendor in {posting['currency']}")
    if earlier["idempotency_key"] != posting["idempotency_key"]:
        raise ValueError(f"{number!r} was already posted as {earlier['posting_id']} at {earlier['posted_at']}")
    return earlier
