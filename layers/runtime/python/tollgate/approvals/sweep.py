"""Everything about approvals that no request brings about: reminders, the end of their time, and what a crash left.

Runs every minute in the gate's own function, the only one that can wake a machine. Two sweeps at once share the work:
each approval is claimed by one of them. What fails is tried again, ever less often.
"""

from dataclasses import dataclass

from aws_lambda_powertools import Logger

from tollgate.approvals.deciders import Deciders
from tollgate.approvals.expiry import expire
from tollgate.approvals.follow_up import follow_up
from tollgate.definitions.registry import Registry
from tollgate.errors import TollgateError
from tollgate.models.approval import Approval
from tollgate.notifications.ask_to_tell import ask_to_tell
from tollgate.slack.announcement import post_reminder, show_decision
from tollgate.slack.client import SlackError
from tollgate.slack.connection import Connection
from tollgate.store.approval_item import next_due
from tollgate.store.due import Due
from tollgate.store.stores import Stores

CLAIM_SECONDS = 60.0
MAX_WAIT_SECONDS = 3600.0
TRIES = 10
"""So often, over some hours, Slack is tried. A card that stays as it was changes nothing by its buttons."""
BATCH = 100
logger = Logger(service="gate")


@dataclass(frozen=True)
class Sweep:
    """One per function."""

    stores: Stores
    registry: Registry
    slack: Connection
    deciders: Deciders

    def run(self, *, seconds: float) -> dict[str, int]:
        """Does what is due for at most so many seconds, and says how much was done and how much has to be repeated."""
        clock, done, failed = self.stores.clock, 0, 0
        end = clock.now() + seconds
        for due in self.stores.due.now(limit=BATCH):
            if clock.now() >= end:
                break
            try:
                done += self._one(due)
            except TollgateError as error:
                failed += 1
                approval_id = due.approval.approval_id
                logger.warning("an approval is left for later", approval_id=approval_id, error=str(error))
        return {"done": done, "failed": failed}

    def _one(self, due: Due) -> bool:
        now = self.stores.clock.now()
        approval = self.stores.due.claim(due, until=now + min(MAX_WAIT_SECONDS, CLAIM_SECONDS * 2**due.tries))
        if approval is None:
            return False
        if approval.status == "pending" and now >= approval.expires_at:
            approval = expire(self.stores, approval, error="the time was up, and no machine said so")
        if approval.status == "pending":
            self._show(approval, due.tries)
        else:
            self._finish(approval, due.tries)
        return True

    def _finish(self, approval: Approval, tries: int) -> None:
        """Journal, machine, card: what whoever decided did not come to."""
        told = follow_up(self.stores, approval)
        shown = show_decision(self.stores, self.slack, told, patient=True)
        if not shown and told.delivery != "pending" and tries + 1 >= TRIES:
            logger.error("a card stays as it was", approval_id=approval.approval_id)
            self.stores.due.done(approval.approval_id)

    def _show(self, approval: Approval, tries: int) -> None:
        """The card, if Slack did not take it at first; else the reminder, once for each time of `remind_at`."""
        now = self.stores.clock.now()
        error = self._post(approval, last=tries + 1 >= TRIES)
        number = len([at for at in approval.remind_at if at <= now])
        if number:
            ask_to_tell(self.stores, approval, "reminded", number)
            body = {"approval_id": approval.approval_id, "tool": approval.tool, "call_id": approval.call_id}
            record = f"{approval.step:06d}#30#{approval.approval_id}#40#reminded-{number:02d}"
            self.stores.journal.write(
                approval.execution_id, record, "approval_reminded", body | {"error": error}, step=approval.step
            )
        self.stores.due.next(approval.approval_id, next_due(approval, after=now))

    def _post(self, approval: Approval, *, last: bool) -> str | None:
        """Raises `SlackError`, so that it is tried again; the last time the error is what is journalled."""
        try:
            post_reminder(self.stores, self.slack, self.registry.slack, approval, self.deciders.to_ask(approval))
        except SlackError as error:
            if not last:
                raise
            return str(error)
        return None
