"""RequestApproval: asks a person about one call, and leaves no gap between the question and the wait for its answer."""

from typing import Any

from tollgate.approvals.request import build_approval
from tollgate.definitions.registry import Registry
from tollgate.errors import ApprovalDecidedError, NotFoundError
from tollgate.models.approval import Approval
from tollgate.models.call import Call, CallState
from tollgate.notifications.ask_to_tell import ask_to_tell
from tollgate.results import screened_calls
from tollgate.slack.announcement import post_card, show_decision
from tollgate.slack.client import SlackError
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores

POST_AGAIN_SECONDS = 60


def run(stores: Stores, registry: Registry, event: dict[str, Any], slack: Connection | None = None) -> dict[str, Any]:
    """Opens the gate and shows the question. Raises `ApprovalDecidedError` when nobody needs to be asked (any more).

    The token is stored before the card is posted, so that a click finds a gate; the call is read once more at the
    end, so that a decision that came before the token was stored does not leave the machine waiting.
    """
    slack = slack or Connection(stores.settings, stores.clock)
    call = asked_call(stores, event)
    approval = _ask(stores, registry, call)
    stores.gates.open(approval.approval_id, event["token"], expires_at=approval.expires_at)
    _journal(stores, approval, "00#requested", {})
    _show(stores, registry, approval, slack)
    try:
        asked_call(stores, event)
    except ApprovalDecidedError:
        # Whoever decided before the card was up could not replace it.
        show_decision(stores, slack, stores.approvals.get(approval.approval_id), patient=True)
        raise
    return {}


def asked_call(stores: Stores, event: dict[str, Any]) -> Call:
    """The call of the task's payload. Raises `ApprovalDecidedError` unless it still waits for a person."""
    call = find_call(stores, event)
    if call.state != CallState.ASKED:
        raise ApprovalDecidedError(f"{call.tool}: the call is {call.state}; nobody needs to be asked")
    return call


def find_call(stores: Stores, event: dict[str, Any]) -> Call:
    """The ledger's item; which tool it is about, the step's latest screening says. Raises `NotFoundError`."""
    execution_id, step, call_id = str(event["execution"]), int(event["step"]), str(event["call"])
    for screened in screened_calls(stores.journal.of_step(execution_id, step)):
        if screened.call_id == call_id:
            call = stores.calls.get(screened.tool, execution_id, step, call_id)
            if call is not None:
                return call
    raise NotFoundError(f"step {step} of {execution_id} has no screened call {call_id!r}")


def _ask(stores: Stores, registry: Registry, call: Call) -> Approval:
    execution = stores.executions.get(call.execution_id)
    approval = stores.approvals.create(
        build_approval(
            execution=execution,
            agent=registry.agent(execution.agent).definition,
            tool=registry.tools[call.tool],
            call=call,
            now=stores.clock.now(),
        )
    )
    if approval.status != "pending":
        raise ApprovalDecidedError(f"{approval.approval_id} is {approval.status}; nobody needs to be asked")
    stores.calls.asked(call, approval.approval_id)
    return approval


def _show(stores: Stores, registry: Registry, approval: Approval, slack: Connection) -> None:
    """Posts the card. Where Slack is down the gate is open all the same, and the sweep posts the card later."""
    ask_to_tell(stores, approval, "requested")
    try:
        post_card(stores, slack, registry.slack, approval)
    except SlackError as error:
        _journal(stores, approval, "00#unposted", {"error": str(error)})
        stores.due.next(approval.approval_id, stores.clock.now() + POST_AGAIN_SECONDS)


def _journal(stores: Stores, approval: Approval, suffix: str, more: dict[str, Any]) -> None:
    body = {
        "approval_id": approval.approval_id,
        "tool": approval.tool,
        "call_id": approval.call_id,
        "fingerprint": approval.fingerprint,
        "approvers": approval.approvers,
        "quorum": approval.quorum,
        "expires_at": approval.expires_at,
        "summary": approval.summary,
    } | more
    record = f"{approval.step:06d}#30#{approval.approval_id}#{suffix}"
    stores.journal.write(approval.execution_id, record, "approval_requested", body, step=approval.step)
