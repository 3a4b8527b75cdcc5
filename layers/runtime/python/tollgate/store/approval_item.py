"""How an approval lies in its table: what changes has an attribute of its own, the rest is one document."""

import json

from tollgate.clock import iso
from tollgate.models.approval import Approval
from tollgate.store.dynamodb import Item

DUE = "due"
"""The one key of the sparse index `by_due`; an item without it is done with."""
OVERDUE_SECONDS = 60
"""The machine's own timer closes a question first; the sweep only closes what no machine closed."""
_OWN_ATTRIBUTES = {"status", "decisions", "approvers", "escalated", "delivery"}


def item_of(approval: Approval) -> Item:
    """A new approval as an item of the table."""
    return {
        "approval_id": approval.approval_id,
        "tenant": approval.tenant,
        "execution_id": approval.execution_id,
        "created_key": created_key(approval),
        "fingerprint": approval.fingerprint,
        "status": approval.status,
        "approvers": json.dumps(approval.approvers),
        "escalated": approval.escalated,
        "decisions": [decision.model_dump_json() for decision in approval.decisions],
        "document": json.dumps(approval.model_dump(mode="json", exclude=_OWN_ATTRIBUTES), ensure_ascii=False),
        "due": DUE,
        "due_at": iso(next_due(approval, after=approval.created_at)),
        "tries": 0,
    }


def approval_of(item: Item) -> Approval:
    """The approval in an item of the table."""
    own = {
        "status": item["status"],
        "approvers": json.loads(item["approvers"]),
        "escalated": item["escalated"],
        "decisions": [json.loads(decision) for decision in item["decisions"]],
        "delivery": item.get("delivery"),
    }
    return Approval.model_validate(json.loads(item["document"]) | own)


def created_key(approval: Approval) -> str:
    """What lists are sorted by: time, then the id."""
    return f"{iso(approval.created_at)}#{approval.approval_id}"


def next_due(approval: Approval, *, after: float) -> float:
    """When a pending approval has to be looked at next: its next reminder, else the end of its time."""
    return min(
        [at for at in approval.remind_at if after < at < approval.expires_at],
        default=approval.expires_at + OVERDUE_SECONDS,
    )
