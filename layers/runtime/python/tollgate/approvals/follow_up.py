"""What comes after a decision was recorded: its line in the journal, the word to the machine, and its card.

All of it can be repeated. Whoever decides sees to it that it is done at once; where that fails, the sweep does it.
"""

from aws_lambda_powertools import Logger

from tollgate.approvals.wake import wake
from tollgate.errors import UnreachableError
from tollgate.models.approval import Approval, Delivery
from tollgate.slack.announcement import show_decision
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores

logger = Logger(service="gate")


def complete(stores: Stores, slack: Connection, approval: Approval, *, patient: bool) -> Approval:
    """Journal, machine and card; returns the approval as it then stands, with what became of its delivery.

    The card of half a quorum may reach Slack after the whole one's: whoever has shown it looks once more.
    """
    told = follow_up(stores, approval)
    show_decision(stores, slack, told, patient=patient)
    latest = stores.approvals.get(told.approval_id) if told.status == "pending" else told
    if (latest.status, len(latest.decisions)) == (told.status, len(told.decisions)):
        return told
    return complete(stores, slack, latest, patient=patient)


def follow_up(stores: Stores, approval: Approval) -> Approval:
    """Every decision is in the journal, and the machine knows of the last; a quorum that misses people wakes nobody."""
    for number in range(len(approval.decisions)):
        _journal_decision(stores, approval, number)
    return approval if approval.status == "pending" else _tell_machine(stores, approval)


def _journal_decision(stores: Stores, approval: Approval, number: int) -> None:
    """The record of one decision, counted from 0; the first write stays."""
    decision = approval.decisions[number]
    body = decision.model_dump(mode="json", exclude={"slack_user"}) | {
        "approval_id": approval.approval_id,
        "tool": approval.tool,
        "call_id": approval.call_id,
        "number": number + 1,
        "quorum": approval.quorum,
        "slack_id": decision.slack_user,
    }
    record = f"{approval.step:06d}#30#{approval.approval_id}#{number + 1:02d}#decided"
    stores.journal.write(approval.execution_id, record, "approval_decided", body, step=approval.step)


def _tell_machine(stores: Stores, approval: Approval) -> Approval:
    """Wakes the machine, once it is known whether it was waiting; `delivery` stays `pending` when nobody could say."""
    if approval.delivery in ("delivered", "nobody_waits"):
        return approval
    try:
        delivery: Delivery = "delivered" if wake(stores, approval.approval_id) else "nobody_waits"
    except UnreachableError as error:
        logger.warning("the machine could not be told yet", approval_id=approval.approval_id, error=str(error))
        return approval.model_copy(update={"delivery": "pending"})
    card = stores.approvals.delivered(approval.approval_id, delivery)
    return approval.model_copy(update={"delivery": delivery, "card": card})
