"""Lists what we still expect invoices for, from our own records alone."""

import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from tollgate.tool_runtime.tool_call import ToolCall

_SHOWN = 60


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """Open orders in the order of their numbers, each with its vendor's registered account."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    orders, more = _open_orders(table)
    vendors = {vendor_id: _vendor(table, vendor_id) for vendor_id in {order["vendor_id"] for order in orders}}
    return {"orders": [_row(order, vendors[order["vendor_id"]]) for order in orders], "more": more}


def _open_orders(table: Any) -> tuple[list[dict[str, Any]], bool]:
    """At most `_SHOWN` open orders, and whether there are more of them."""
    query: dict[str, Any] = {
        "KeyConditionExpression": Key("kind").eq("order"),
        "FilterExpression": Attr("open_amount").gt(0),
    }
    found: list[dict[str, Any]] = []
    while len(found) <= _SHOWN:
        page = table.query(**query)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return found[:_SHOWN], len(found) > _SHOWN


def _vendor(table: Any, vendor_id: str) -> dict[str, Any]:
    item = table.get_item(Key={"kind": "vendor", "id": vendor_id}).get("Item")
    if not item:
        raise ValueError(f"an order names the vendor {vendor_id!r}, which the vendor master does not have")
    found: dict[str, Any] = item
    return found


def _row(order: dict[str, Any], vendor: dict[str, Any]) -> dict[str, str]:
    return {
        "order_id": order["id"],
        "vendor_id": vendor["id"],
        "vendor_name": vendor["name"],
        "iban": vendor["iban"],
        "open_amount": f"{order['open_amount']:.2f}",
        "currency": order["currency"],
    }
