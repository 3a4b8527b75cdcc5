"""Posts an invoice once: the posting, what its order has left open, and the record that this call is done.

The three change together or not at all, so a process that dies has either posted and said so, or done nothing.
"""

import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from tollgate.errors import ToolTransientError
from tollgate.tool_runtime.tool_call import ToolCall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The posting. Another call for the same invoice number gets `ValueError`."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    _check_vendor(table, arguments)
    posting = _posting(arguments, call)
    kept = {name: str(posting[name]) for name in ("posting_id", "currency", "posted_at")}
    result = {"posted": True, "amount": f"{posting['amount']:.2f}", **kept}
    writes: Any = [*_writes(table.name, posting), call.done_in_transaction(result)]
    try:
        boto3.client("dynamodb").transact_write_items(TransactItems=writes)
    except ClientError as error:
        _raise_unless_refused_by_the_books(error)
        raise ValueError(_why_refused(table, posting)) from error
    return result


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
    """A new posting, and the order's open amount less the posted one."""
    put: Any = {"TableName": table, "Item": _wire(posting), "ConditionExpression": "attribute_not_exists(id)"}
    update: Any = {
        "TableName": table,
        "Key": _wire({"kind": "order", "id": posting["order_id"]}),
        "UpdateExpression": "SET open_amount = open_amount - :amount",
        "ConditionExpression": "vendor_id = :vendor AND currency = :currency",
        "ExpressionAttributeValues": _wire(
            {
                ":amount": posting["amount"],
                ":vendor": posting["id"].partition("#")[0],
                ":currency": posting["currency"],
            }
        ),
    }
    return [{"Put": put}, {"Update": update}]


def _wire(values: dict[str, Any]) -> dict[str, Any]:
    """As DynamoDB writes it; the record of the call comes in this form, and one transaction has one form."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def _raise_unless_refused_by_the_books(error: ClientError) -> None:
    """A conflict with another transaction is worth another try; a lost hold, and anything else, is for the wrapper."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        raise error
    reasons: Any = error.response.get("CancellationReasons", [])
    *books, record = [reason.get("Code") or "None" for reason in reasons]
    others = {*books, record} - {"None", "ConditionalCheckFailed"}
    if others:
        raise ToolTransientError(f"the ledger was busy: {', '.join(sorted(others))}") from error
    if record != "None":
        raise error


def _why_refused(table: Any, posting: dict[str, Any]) -> str:
    """The invoice was posted before, or the order is not this vendor's."""
    key = {"kind": posting["kind"], "id": posting["id"]}
    earlier: dict[str, Any] | None = table.get_item(Key=key, ConsistentRead=True).get("Item")
    if earlier is None:
        return f"{posting['order_id']!r} is not an order of this vendor in {posting['currency']}"
    return f"{posting['invoice_number']!r} was already posted as {earlier['posting_id']} at {earlier['posted_at']}"
