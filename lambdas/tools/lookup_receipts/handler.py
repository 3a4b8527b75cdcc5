"""Adds up what was received for one order."""

import os
from collections import defaultdict
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from tollgate.tool_runtime.tool_call import ToolCall

_SHOWN = 20


def handle(arguments: dict[str, str], call: ToolCall) -> dict[str, Any]:
    """Received quantity per order line over all receipts of the order, and the latest of the receipts."""
    order_id = arguments["order_id"].strip().upper()
    receipts = _receipts(f"{order_id}#")
    received: dict[str, Decimal] = defaultdict(Decimal)
    for receipt in receipts:
        for line in receipt["lines"]:
            received[str(line["line"])] += Decimal(str(line["quantity"]))
    return {
        "order_id": order_id,
        "received": [{"line": line, "quantity": str(quantity)} for line, quantity in sorted(received.items())],
        "receipts": [
            {"id": item["id"].partition("#")[2], "received_on": item["received_on"]} for item in receipts[-_SHOWN:]
        ],
        "receipts_total": len(receipts),
    }


def _receipts(prefix: str) -> list[dict[str, Any]]:
    """Every receipt whose id starts with the order's number, over all pages."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    condition = Key("kind").eq("receipt") & Key("id").begins_with(prefix)
    page = table.query(KeyConditionExpression=condition)
    items = page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.query(KeyConditionExpression=condition, ExclusiveStartKey=page["LastEvaluatedKey"])
        items += page["Items"]
    return items
