"""How an execution lies in its item: identity as one document, what changes as attributes of its own.

Money and tokens are kept as what is still available, so that a reservation is a single comparison on the server:
`available >= wanted`. Spent = limit - available - reserved.
"""

import json

from tollgate.clock import iso
from tollgate.models.execution import Execution, Limits, Replay, Reservation, Spend
from tollgate.models.lease import LeaseSlot
from tollgate.models.principal import Principal
from tollgate.store.artifacts import Artifacts
from tollgate.store.dynamodb import Item
from tollgate.store.lease_slots import empty_slots

MICRO = 1_000_000


def created_key(execution: Execution) -> str:
    """Sorts executions by age."""
    return f"{iso(execution.created_at)}#{execution.execution_id}"


def pack(execution: Execution, artifacts: Artifacts) -> Item:
    """The item of an execution that begins: nothing is spent, held or counted."""
    document = {
        "agent": execution.agent,
        "agent_digest": execution.agent_digest,
        "principal": execution.principal.model_dump(),
        "replay": execution.replay.model_dump() if execution.replay else None,
    }
    return {
        "execution_id": execution.execution_id,
        "tenant": execution.tenant,
        "created_key": created_key(execution),
        "created_at": execution.created_at,
        "document": json.dumps(document),
        "input": artifacts.pack(f"journal/{execution.execution_id}/input.json", execution.input),
        "limits": execution.limits.model_dump_json(),
        "status": execution.status,
        "outcome": execution.outcome,
        "reason": execution.reason,
        "summary": execution.summary,
        "ended_at": execution.ended_at,
        "step": 0,
        "active_seconds": 0,
        "available_tokens": execution.limits.tokens,
        "available_microusd": round(execution.limits.usd * MICRO),
        "spent_tokens": 0,
        "spent_microusd": 0,
        "reservations": {},
        "approvals_asked": 0,
        "tool_failures": 0,
        "history_events": 0,
        "counted": "-",
        "redrives": 0,
        "leases": empty_slots(),
    }


def unpack(item: Item, artifacts: Artifacts, *, now: float) -> Execution:
    """The execution as it stands; `now` ends the elapsed time of one that still runs."""
    document = json.loads(item["document"])
    output = item.get("output")
    return Execution(
        execution_id=item["execution_id"],
        agent=document["agent"],
        agent_digest=document["agent_digest"],
        principal=Principal.model_validate(document["principal"]),
        replay=Replay.model_validate(document["replay"]) if document.get("replay") else None,
        input=artifacts.unpack(item["input"]),
        status=item["status"],
        outcome=item.get("outcome"),
        reason=item.get("reason"),
        step=item["step"],
        limits=Limits.model_validate_json(item["limits"]),
        spend=_spend(item, now),
        created_at=item["created_at"],
        ended_at=item.get("ended_at"),
        output=artifacts.unpack(output) if output else None,
        summary=item.get("summary"),
        stopping=item.get("stopping"),
        stopping_scope=item.get("stopping_scope") or None,
        reservations={name: Reservation.model_validate(held) for name, held in item["reservations"].items()},
        leases={kind: LeaseSlot.model_validate(slot) for kind, slot in item.get("leases", {}).items()},
        stop_requested=item.get("stop_requested", False),
        untrusted=item.get("untrusted", False),
        active_since=item.get("active_since"),
        approvals_asked=item["approvals_asked"],
        tool_failures=item["tool_failures"],
        history_events=item["history_events"],
        redrives=item["redrives"],
        wound_down=item.get("wound_down"),
        resumed=item.get("resumed", 0),
    )


def _spend(item: Item, now: float) -> Spend:
    held = item["reservations"].values()
    return Spend(
        tokens=item["spent_tokens"],
        usd=item["spent_microusd"] / MICRO,
        steps=item["step"],
        active_seconds=item["active_seconds"],
        elapsed_seconds=max(0.0, (item.get("ended_at") or now) - item["created_at"]),
        reserved_tokens=sum(one["tokens"] for one in held),
        reserved_usd=sum(one["microusd"] for one in held) / MICRO,
    )
