"""What the API answers with, as JSON Schema. A test validates real answers against these."""

from typing import Any, get_args

from tollgate.models.approval import ApprovalStatus, DecisionKind, Delivery
from tollgate.models.audit import AuditKind
from tollgate.models.execution import Outcome, Status
from tollgate.models.record import RecordKind

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "format": "date-time"}
_OBJECT = {"type": "object"}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """A closed object; every property is required unless named as optional."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _words(literal: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(get_args(literal))}


def _page(schema: str) -> dict[str, Any]:
    return _object({"items": _list({"$ref": f"#/components/schemas/{schema}"}), "cursor": _or_null(_TEXT)})


_LINKS = _object({"self": _TEXT, "trace": _TEXT, "stop": _TEXT, "redrive": _TEXT})
_LIMITS = _object(
    {
        "tokens": _COUNT,
        "usd": _NUMBER,
        "steps": _COUNT,
        "active_seconds": _COUNT,
        "deadline_seconds": _COUNT,
    }
)
_SPEND = _object(
    {
        "tokens": _COUNT,
        "usd": _NUMBER,
        "steps": _COUNT,
        "active_seconds": _NUMBER,
        "deadline_seconds": _NUMBER,
        "reserved_tokens": _COUNT,
        "reserved_usd": _NUMBER,
    }
)
_MONEY = _object({"tokens": {"type": "integer"}, "usd": _NUMBER})
_UNLIMITED_MONEY = _object({"tokens": _or_null({"type": "integer"}), "usd": _or_null(_NUMBER)})
_LIMITS = _object(
    {
        **_UNLIMITED_MONEY["properties"],
        **{name: {"type": "integer"} for name in ("steps", "active_seconds", "deadline_seconds")},
    },
    optional=("steps", "active_seconds", "deadline_seconds"),
)
_EXECUTION_LINE = {
    "execution_id": _TEXT,
    "agent": _TEXT,
    "status": _words(Status),
    "outcome": _or_null(_words(Outcome)),
    "reason": _or_null(_TEXT),
    "step": _COUNT,
    "waiting": {
        "type": "boolean",
        "description": "It stands at a gate: for a person, or until the machine takes up what a person said.",
    },
    "principal": _object({"id": _TEXT, "tenant": _TEXT, "kind": {"enum": ["person", "service"]}}),
    "created_at": _TIME,
    "ended_at": _or_null(_TIME),
    "spend": _SPEND,
    "limits": _LIMITS,
    "links": _LINKS,
}
_DECISION = _object(
    {
        "decision": _words(DecisionKind),
        "by": _TEXT,
        "at": _TIME,
        "fingerprint": _TEXT,
        "reason": _TEXT,
        "arguments": _OBJECT,
        "via": {"enum": ["api", "slack"]},
    },
    optional=("reason", "arguments"),
)
_AUDIT_ENTRY = _object(
    {
        "entry": _TEXT,
        "approval_id": _TEXT,
        "execution_id": _TEXT,
        "agent": _TEXT,
        "tool": _TEXT,
        "step": _COUNT,
        "call_id": _TEXT,
        "kind": _words(AuditKind),
        "at": _TIME,
        "fingerprint": _TEXT,
        "by": _TEXT,
        "decision": _words(DecisionKind),
        "outcome": _TEXT,
        "reason": _TEXT,
        "arguments_digest": _TEXT,
        "source": _object(
            {
                "door": {"enum": ["api", "cli", "slack", "machine"]},
                "address": _TEXT,
                "client": _TEXT,
                "slack_user": _TEXT,
                "slack_team": _TEXT,
            },
            optional=("address", "client", "slack_user", "slack_team"),
        ),
    },
    optional=("by", "decision", "reason", "arguments_digest"),
)

SCHEMAS: dict[str, Any] = {
    "AuditEntry": _AUDIT_ENTRY,
    "AuditPage": _page("AuditEntry"),
    "Problem": {
        **_object(
            {
                "type": _TEXT,
                "title": _TEXT,
                "status": {"type": "integer"},
                "detail": _TEXT,
                "instance": _TEXT,
                "violations": _list(_object({"pointer": _TEXT, "message": _TEXT})),
                "execution_id": _TEXT,
            },
            optional=("violations", "execution_id"),
        ),
        "description": "RFC 9457. `execution_id` names the record of an input that was rejected.",
    },
    "StartedExecution": _object({"execution_id": _TEXT, "status": _words(Status), "links": _LINKS}),
    "Execution": _object(
        _EXECUTION_LINE | {"output": {}, "summary": _or_null(_TEXT), "pending_approvals": _list(_TEXT)}
    ),
    "ExecutionLine": _object(_EXECUTION_LINE),
    "ExecutionPage": _page("ExecutionLine"),
    "Record": _object({"record": _TEXT, "kind": _words(RecordKind), "step": _COUNT, "at": _TEXT, "body": _OBJECT}),
    "RecordPage": _page("Record"),
    "Approval": _object(
        {
            "approval_id": _TEXT,
            "execution_id": _TEXT,
            "agent": _TEXT,
            "tool": _TEXT,
            "effect": {"enum": ["read", "write", "destructive", "external"]},
            "step": _COUNT,
            "call_id": _TEXT,
            "summary": _TEXT,
            "arguments": _OBJECT,
            "argument_schema": _OBJECT,
            "sinks": _list(_TEXT),
            "origins": _OBJECT,
            "reasons": _list({"type": "object", "required": ["rule", "message"]}),
            "fingerprint": _TEXT,
            "status": _words(ApprovalStatus),
            "requester": _TEXT,
            "approvers": _list(_TEXT),
            "quorum": _COUNT,
            "escalated": {"type": "boolean"},
            "cost": _TEXT,
            "created_at": _TIME,
            "expires_at": _or_null(_TIME),
            "decisions": _list(_DECISION),
            "delivery": {
                **_or_null(_words(Delivery)),
                "description": "Whether the run was told: `pending` is tried again every minute.",
            },
        }
    ),
    "ApprovalPage": _page("Approval"),
    "Memory": _object(
        {
            "memory_id": _TEXT,
            "agent": _TEXT,
            "execution_id": _TEXT,
            "request": _TEXT,
            "calls": _list(_object({"tool": _TEXT, "arguments": _TEXT, "ok": {"type": "boolean"}})),
            "answer": _TEXT,
            "created_at": _TIME,
            "expires_at": _TIME,
            "score": _NUMBER,
        },
        optional=("score",),
    ),
    "MemoryPage": _page("Memory"),
    "Forgotten": _object({"memory_id": _TEXT, "forgotten": {"const": True}}),
    "Budget": {
        **_object(
            {
                "scope": _TEXT,
                "limits": _LIMITS,
                "spend": _MONEY,
                "reserved": _MONEY,
                "leased": _MONEY,
                "period": _TEXT,
                "available": _UNLIMITED_MONEY,
            },
            optional=("reserved", "leased", "period"),
        ),
        "description": "null: no limit. `reserved`, steps and seconds are an execution's; `leased` (held by executions "
        "under way) and `period` are an agent's or a tenant's.",
    },
}
