"""Finds the one posting that an invoice number of a vendor can have."""

import os
from typing import Any

import boto3
from tollgate.tool_runtime.tool_call import ToolCall

_FIELDS = ("invoice_number", "kind_of_document", "amount", "currency", "order_id", "posted_at", "posting_id")


def handle(arguments: dict[str, str], call: ToolCall) -> dict[str, Any]:
    """The earlier posting, if any; a credit note's amount is negative."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    key = {"kind": "posting", "id": f"{arguments['vendor_id']}#{_plain(arguments['invoice_number'])}"}
    item: dict[str, Any] | None = table.get_item(Key=key, ConsistentRead=True).get("Item")
    if not item:
        return {"found": False, "posting": None}
    return {"found": True, "posting": {name: str(item[name]) for name in _FIELDS} | {"amount": f"{item['amount']:.2f}"}}


def _plain(text: str) -> str:
    """Letters and digits in upper case: `inv 0042/a` and `INV-0042-A` are one number. As `post_invoice` keys them."""
    return "".join(character for character in text.upper() if character.isalnum()) or "-"
