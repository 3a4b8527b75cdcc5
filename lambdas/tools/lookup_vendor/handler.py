"""Finds a vendor by one exact key; a near miss is not a vendor."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
from tollgate.tool_runtime.tool_call import ToolCall

_FIELDS = ("name", "vat_id", "iban", "currency", "status")


def handle(arguments: dict[str, str], call: ToolCall) -> dict[str, Any]:
    """The vendor that the strongest given key names: vendor id, else VAT id, else name."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    for given, kind, key in _keys(arguments):
        item = table.get_item(Key={"kind": kind, "id": key}).get("Item")
        if item and kind != "vendor":
            item = table.get_item(Key={"kind": "vendor", "id": item["vendor_id"]}).get("Item")
        if item:
            return {
                "found": True,
                "matched_by": given,
                "vendor": {"id": item["id"], **{name: item[name] for name in _FIELDS}},
            }
    given_keys = ", ".join(f"{name} {value!r}" for name, value in arguments.items())
    return {"found": False, "message": f"no vendor with {given_keys}", "vendor": None}


def _keys(arguments: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """`(argument, kind, id)` of the ledger items to look at, the strongest key first."""
    if vendor_id := arguments.get("vendor_id"):
        yield "vendor_id", "vendor", vendor_id
    if vat_id := arguments.get("vat_id"):
        yield "vat_id", "vendor_vat_id", _plain(vat_id)
    if name := arguments.get("name"):
        yield "name", "vendor_name", _plain(name)


def _plain(text: str) -> str:
    """Letters and digits in upper case, as the ledger's alias keys are written; `-` if nothing is left."""
    return "".join(character for character in text.upper() if character.isalnum()) or "-"
