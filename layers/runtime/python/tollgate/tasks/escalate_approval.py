"""EscalateApproval: nobody decided in time. The question goes to others once, then it expires and fails closed."""

import math
from typing import Any

from tollgate.approvals.expiry import expire
from tollgate.definitions.registry import Registry
from tollgate.errors import ConflictError
from tollgate.models.approval import Approval
from tollgate.models.call import Call, CallState
from tollgate.notifications.ask_to_tell import ask_to_tell
from tollgate.slack.announcement import post_escalation, show_decision
from tollgate.slack.client import SlackError
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores
from tollgate.tasks.request_approval import find_call

TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")


def run(stores: Stores, registry: Registry, event: dict[str, Any], slack: Connection | None = None) -> dict[str, Any]:
    """Returns `{execution, step, call, wait_seconds}`; 0 seconds when there is nothing more to wait for.

    While time remains the question stays open; an error other than a timeout means that the question could not be
    asked, and what cannot be asked is not approved.
    """
    slack = slack or Connection(stores.settings, stores.clock)
    call = find_call(stores, event)
    wait_seconds = 0
    if call.state in (CallState.ASKED, CallState.EXPIRED):  # EXPIRED: an earlier attempt was cut off on the way
        remaining = math.ceil(call.expires_at - stores.clock.now()) if call.state == CallState.ASKED else 0
        approval = stores.approvals.get(call.approval_id) if call.approval_id else None
        if approval and remaining > 0 and event["error"] in TIMEOUTS:
            wait_seconds = remaining if _escalate(stores, registry, slack, approval) else 0
        else:
            _expire(stores, slack, call, approval, str(event["error"]))
    return {"execution": event["execution"], "step": event["step"], "call": event["call"], "wait_seconds": wait_seconds}


def _escalate(stores: Stores, registry: Registry, slack: Connection, approval: Approval) -> bool:
    """Opens the question to others, if the agent names any. False when somebody decided meanwhile."""
    audience = registry.agent(approval.agent).definition.approvals.escalate_to
    if not audience or approval.status != "pending":
        return approval.status == "pending"
    approvers = list(dict.fromkeys([*approval.approvers, *audience])) if approval.approvers else []
    try:
        stores.approvals.escalate(approval, approvers=approvers)
    except ConflictError:
        return False
    if stores.journal.read(approval.execution_id, _record(approval, "50#escalated")) is None:
        escalated = approval.model_copy(update={"approvers": approvers, "escalated": True})
        ask_to_tell(stores, escalated, "escalated")
        error = _post(stores, registry, slack, escalated, audience)
        body = {"approval_id": approval.approval_id, "escalate_to": audience, "error": error}
        record = _record(approval, "50#escalated")
        stores.journal.write(approval.execution_id, record, "approval_escalated", body, step=approval.step)
    return True


def _post(stores: Stores, registry: Registry, slack: Connection, approval: Approval, audience: list[str]) -> str | None:
    """Tells the others; when Slack is down the journal says so and the API still decides."""
    try:
        post_escalation(stores, slack, registry.slack, approval, audience)
    except SlackError as error:
        return str(error)
    return None


def _expire(stores: Stores, slack: Connection, call: Call, approval: Approval | None, error: str) -> None:
    """A decision that came first stays; else the card says that nobody decided."""
    if approval is None:
        stores.calls.expire(call)
        return
    current = expire(stores, approval, error=error)
    if current.status == "expired":
        show_decision(stores, slack, current, patient=True)


def _record(approval: Approval, suffix: str) -> str:
    return f"{approval.step:06d}#30#{approval.approval_id}#{suffix}"
