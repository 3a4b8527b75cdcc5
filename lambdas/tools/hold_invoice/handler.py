"""Records a hold once per call."""

import os
from datetime import UTC, datetime
from typing import Any

import boto3
from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """The hold; a second attempt with the same idempotency key finds the first."""
    table = boto3.resource("dynamodb").Table(os.environ["LEDGER_TABLE"])
    hold = {
        **arguments,
        "kind": "hold",
        "id": call.idempotency_key,
        "hold_id": f"H-{call.idempotency_key[:12]}",
        "execution_id": call.execution_id,
        "held_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    kept = _put_once(table, hold)
    return {"held": True, "hold_id": kept["hold_id"], "held_at": kept["held_at"]}


def _put_once(table: Any, item: dict[str, Any]) -> dict[str, Any]:
    """The item under this key: ours if it was free, otherwise the one that an earlier attempt wrote."""
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        kept: dict[str, Any] = table.get_item(Key={"kind": item["kind"], "id": item["id"]}, ConsistentRead=True)["Item"]
        return kept
    return item
