"""settle_execution: whoever ended an execution, and however, its record says so. Outside the state machine; idempotent.

Called by `stop`, by the status event of every execution, by a scheduled sweep, and by a read that finds the record
behind the state machine.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tollgate.budget.reservation import leases_of
from tollgate.conversation import Turn, turns
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.approval import Approval
from tollgate.models.call import CallState
from tollgate.models.execution import Execution, Outcome, Status
from tollgate.results import collect, screened_calls
from tollgate.slack.announcement import show_decision
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores
from tollgate.summary import summarise

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

START_SECONDS = 300
"""A record without an execution is given this long to be started by a repeated request."""

_OUTCOMES: dict[str, Outcome] = {
    "SUCCEEDED": "completed",
    "FAILED": "failed",
    "ABORTED": "stopped",
    "TIMED_OUT": "limit_reached",
}


@cache
def _step_functions() -> "SFNClient":
    return boto3.client("stepfunctions", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))


def run(stores: Stores, event: dict[str, Any]) -> dict[str, Any]:
    """Settles the execution of a status event, or, for a scheduled event, every one that should have ended.

    Raises `ConflictError` while a tool call of an ended execution is still running, so that the event comes again.
    """
    detail = event.get("detail", {})
    if "executionArn" in detail:
        return {"settled": int(settle(stores, str(detail["executionArn"]).rsplit(":", 1)[-1]))}
    return {"settled": sum(_sweep(stores, execution_id) for execution_id in stores.executions.running())}


def _sweep(stores: Stores, execution_id: str) -> bool:
    """Settles what is over, and takes back leases that an execution under way has held for too long."""
    if settle(stores, execution_id):
        return True
    try:
        leases_of(stores).release(stores.executions.get(execution_id), expired_only=True)
    except NotFoundError:
        return False
    return False


def settle(stores: Stores, execution_id: str) -> bool:
    """Brings the record in line with the state machine. True when the execution is over and nothing is left open."""
    try:
        execution = stores.executions.get(execution_id)
    except NotFoundError:
        return False
    status, ended_at, redrives = _describe(stores, execution)
    if status == "RUNNING":
        stores.executions.opened(execution_id, redrives)
        return False
    _close(stores, execution, status, ended_at)
    running = _finish_calls(stores, execution)
    if running:
        raise ConflictError(f"{', '.join(running)} still runs; settling again will journal its result")
    return True


def _describe(stores: Stores, execution: Execution) -> tuple[Status, float, int]:
    """The state machine's word, when it ended and how often it was redriven.

    An execution that was never started there has failed.
    """
    arn = stores.settings.state_machine_arn.replace(":stateMachine:", ":execution:") + f":{execution.execution_id}"
    try:
        found = _step_functions().describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
            raise
        recent = stores.clock.now() - execution.created_at < START_SECONDS
        return ("RUNNING" if recent else "FAILED"), stores.clock.now(), 0
    ended = found.get("stopDate")
    status: Status = "RUNNING" if found["status"] == "PENDING_REDRIVE" else found["status"]
    return status, ended.timestamp() if ended else stores.clock.now(), found.get("redriveCount", 0)


def _close(stores: Stores, execution: Execution, status: Status, ended_at: float) -> None:
    """Outcome, summary, reservations, approvals, status: each write harmless when repeated."""
    # A task that finds the stop before StopExecution comes may fail by it: that is a stop too.
    outcome = "stopped" if execution.stop_requested and status in ("ABORTED", "FAILED") else _OUTCOMES[status]
    reason = "deadline" if status == "TIMED_OUT" else None
    if execution.outcome is None:
        history = turns(stores.journal.of_execution(execution.execution_id))
        summary = summarise(execution, history, reason or outcome)
        stores.executions.conclude(execution.execution_id, outcome=outcome, reason=reason, summary=summary)
    for reservation_id in stores.executions.reservations.open(execution.execution_id):
        stores.executions.reservations.settle(execution.execution_id, reservation_id)
    leases_of(stores).release(execution)
    for approval in stores.approvals.of_execution(execution.execution_id):
        if _is_withdrawn(stores, approval):
            _revoke(stores, approval)
    stores.executions.close(execution.execution_id, status, ended_at=ended_at)


def _is_withdrawn(stores: Stores, approval: Approval) -> bool:
    """Whether nobody can decide it any more: closed here, earlier, or by another settler at this moment."""
    if approval.status != "pending":
        return approval.status == "revoked"
    asked = approval.approval_id
    return stores.approvals.close(asked, "revoked") or stores.approvals.get(asked).status == "revoked"


def _revoke(stores: Stores, approval: Approval) -> None:
    """The call of a revoked question cannot start; again for one that was cut off here before.

    The card loses its buttons where this function may write to Slack; else, or when Slack is down, the gate's sweep
    takes them.
    """
    call = stores.calls.get(approval.tool, approval.execution_id, approval.step, approval.call_id)
    if call:
        stores.calls.revoke(call, fingerprint=approval.fingerprint)
    stores.gates.remove(approval.approval_id)
    if stores.settings.slack_secret_id:
        revoked = approval.model_copy(update={"status": "revoked"})
        show_decision(stores, Connection(stores.settings, stores.clock), revoked)


def _finish_calls(stores: Stores, execution: Execution) -> list[str]:
    """Journals what the last step's calls became, and names those that are still at work."""
    history: list[Turn] = turns(stores.journal.of_execution(execution.execution_id))
    if not history or not history[-1].unresolved:
        return []
    step = history[-1].step
    screened = screened_calls(stores.journal.of_step(execution.execution_id, step))
    collect(stores, execution.execution_id, step, screened, {}, {})
    now = stores.clock.now()
    calls = [stores.calls.get(entry.tool, execution.execution_id, step, entry.call_id) for entry in screened]
    return [call.tool for call in calls if call and call.state == CallState.STARTED and call.lease_until > now]
