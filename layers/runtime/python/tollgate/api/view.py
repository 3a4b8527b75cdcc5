"""What the API shows of an execution and of an approval. Times are ISO 8601; a task token is in neither."""

from typing import Any

from tollgate.clock import iso
from tollgate.models.approval import Approval, Decision
from tollgate.models.audit import AuditEntry
from tollgate.models.execution import Execution
from tollgate.models.record import Record

LIMITS = ("tokens", "usd", "steps", "active_seconds", "deadline_seconds")


def execution(item: Execution, *, now: float, pending: list[str], whole: bool = True) -> dict[str, Any]:
    """An execution; `whole` adds what a list leaves out: output, summary and open approvals."""
    view: dict[str, Any] = {
        "execution_id": item.execution_id,
        "agent": item.agent,
        "status": item.status,
        "outcome": item.outcome,
        "reason": item.reason,
        "step": item.step,
        "waiting": item.waiting,
        "principal": {"id": item.principal.id, "tenant": item.principal.tenant, "kind": item.principal.kind},
        "created_at": iso(item.created_at),
        "ended_at": iso(item.ended_at) if item.ended_at else None,
        "spend": spend(item, now=now),
        "limits": {name: getattr(item.limits, name) for name in LIMITS},
        "links": links(item.execution_id),
    }
    if whole:
        view |= {"output": item.output, "summary": item.summary, "pending_approvals": pending}
    return view


def spend(item: Execution, *, now: float) -> dict[str, Any]:
    """What is gone, under the names of the limits it is measured against."""
    end = item.ended_at or now
    return {
        "tokens": item.spend.tokens,
        "usd": item.spend.usd,
        "steps": item.spend.steps,
        "active_seconds": round(item.active_seconds(end), 3),
        "deadline_seconds": round(max(0.0, end - item.created_at), 3),
        "reserved_tokens": item.spend.reserved_tokens,
        "reserved_usd": item.spend.reserved_usd,
    }


def links(execution_id: str) -> dict[str, str]:
    """Where to go from an execution."""
    here = f"/v1/executions/{execution_id}"
    return {"self": here, "trace": f"{here}/trace", "stop": f"{here}/stop", "redrive": f"{here}/redrive"}


def approval(item: Approval) -> dict[str, Any]:
    """An approval with all that a decision needs."""
    return {
        "approval_id": item.approval_id,
        "execution_id": item.execution_id,
        "agent": item.agent,
        "tool": item.tool,
        "effect": item.effect,
        "step": item.step,
        "call_id": item.call_id,
        "summary": item.summary,
        "arguments": item.arguments,
        "argument_schema": item.argument_schema,
        "sinks": item.sinks,
        "origins": item.origins,
        "reasons": [reason.model_dump() for reason in item.reasons],
        "fingerprint": item.fingerprint,
        "status": item.status,
        "requester": item.requester,
        "approvers": item.approvers,
        "quorum": item.quorum,
        "escalated": item.escalated,
        "cost": item.cost,
        "created_at": iso(item.created_at),
        "expires_at": iso(item.expires_at) if item.expires_at else None,
        "decisions": [_decision(decision) for decision in item.decisions],
        "delivery": item.delivery,
    }


def record(item: Record) -> dict[str, Any]:
    """One decision record; `at` is also the cursor after it."""
    return {"record": item.record, "kind": item.kind, "step": item.step, "at": item.at, "body": item.body}


def audit_entry(item: AuditEntry) -> dict[str, Any]:
    """One line of the audit; what it does not have is left out."""
    return item.model_dump(mode="json", exclude={"tenant"}, exclude_none=True) | {"at": iso(item.at)}


def _decision(item: Decision) -> dict[str, Any]:
    return item.model_dump(exclude_none=True, exclude={"slack_user"}) | {"at": iso(item.at)}
