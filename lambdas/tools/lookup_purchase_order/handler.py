"""Reads one purchase order with the tolerances that apply to it."""

import os
from typing import Any

import boto3
from tollgate.tool_runtime.tool_call import ToolCall

_LINE_FIELDS = ("line", "item", "description", "quantity", "unit", "unit_price")


def handle(arguments: dict[str, str], call: ToolCall) -> dict[str, Any]:
    """The order and finance's tolerances; numbers as text, so that nothing is rounded on the way."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    order_id = arguments["order_id"].strip().upper() or "-"
    item = table.get_item(Key={"kind": "order", "id": order_id}).get("Item")
    if not item:
        return {"found": False, "message": f"we have no order {order_id!r}", "order": None, "tolerance": None}
    settings = table.get_item(Key={"kind": "setting", "id": "tolerance"}).get("Item")
    if not settings:
        raise ValueError("the ledger has no tolerance settings (kind `setting`, id `tolerance`); finance must set them")
    return {"found": True, "order": _order(item), "tolerance": _tolerance(settings)}


def _order(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"],
        "vendor_id": item["vendor_id"],
        "currency": item["currency"],
        "ordered_on": item["ordered_on"],
        "total_amount": f"{item['total_amount']:.2f}",
        "open_amount": f"{item['open_amount']:.2f}",
        "lines": [{name: str(line[name]) for name in _LINE_FIELDS} for line in item["lines"]],
    }


def _tolerance(item: dict[str, Any]) -> dict[str, str]:
    return {name: str(item[name]) for name in ("price_percent", "quantity_percent", "total_amount")}
