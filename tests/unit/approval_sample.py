"""An approval to change in tests."""

from typing import Any

from tollgate.models.approval import Approval, Decision
from tollgate.models.verdict import Reason

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["vendor_id", "amount"],
    "properties": {
        "note": {"type": "string"},
        "vendor_id": {"type": "string", "description": "The vendor's number."},
        "amount": {"type": "number"},
        "count": {"type": "integer"},
        "urgent": {"type": "boolean"},
        "currency": {"enum": ["EUR", "USD"]},
        "lines": {"type": "array"},
        "terms": {"type": "object"},
    },
    "additionalProperties": False,
}


def approval(**changes: Any) -> Approval:
    """A pending approval of a payment."""
    fields: dict[str, Any] = {
        "approval_id": "apr-1",
        "execution_id": "exe-1",
        "agent": "payer",
        "tenant": "acme",
        "requester": "rob",
        "tool": "post_invoice",
        "step": 3,
        "call_id": "c0",
        "effect": "write",
        "summary": "Post 12.5 EUR to V-1",
        "arguments": {"note": "March", "vendor_id": "V-1", "amount": 12.5, "currency": "EUR"},
        "argument_schema": SCHEMA,
        "origins": {"/vendor_id": {"from": "tool", "name": "lookup_vendor", "trusted": True}},
        "reasons": [Reason(rule="default_gate", message="asks by default")],
        "sinks": ["vendor_id", "amount"],
        "cost": "10 of 100 tokens",
        "fingerprint": "sha256:f",
        "approvers": ["role:finance"],
        "created_at": 1_795_377_600.0,
        "expires_at": 1_795_381_200.0,
    }
    return Approval(**(fields | changes))


def said(decision: str = "approve", by: str = "ada", **more: Any) -> Decision:
    """One person's word."""
    fields: dict[str, Any] = {
        "decision": decision, "by": by, "at": 1_795_377_700.0, "fingerprint": "sha256:f", "via": "slack",
    }  # fmt: skip
    return Decision(**(fields | more))
