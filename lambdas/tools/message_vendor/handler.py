"""Puts a message to a vendor into the outbox once per call; a mailer of your own sends what is there."""

import os
from datetime import UTC, datetime
from typing import Any

import boto3
from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The queued message; a second attempt with the same idempotency key finds the first."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    vendor = table.get_item(Key={"kind": "vendor", "id": arguments["vendor_id"]}).get("Item")
    if not vendor:
        raise ValueError(f"{arguments['vendor_id']!r} is not a vendor of ours; only known vendors are written to")
    message = {
        **arguments,
        "kind": "message",
        "id": call.idempotency_key,
        "message_id": f"M-{call.idempotency_key[:12]}",
        "to": vendor["email"],
        "execution_id": call.execution_id,
        "queued_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    kept = _put_once(table, message)
    return {"queued": True, "message_id": kept["message_id"], "to": kept["to"], "queued_at": kept["queued_at"]}


def _put_once(table: Any, item: dict[str, Any]) -> dict[str, Any]:
    """The item under this key: ours if it was free, otherwise the one that an earlier attempt wrote."""
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        kept: dict[str, Any] = table.get_item(Key={"kind": item["kind"], "id": item["id"]}, ConsistentRead=True)["Item"]
        return kept
    return item
