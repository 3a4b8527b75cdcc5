"""Approvals: a decision, the state of its call and its line in the audit change in one transaction, or none does."""

import json
from typing import Any

from tollgate.clock import Clock, iso
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.approval import Approval, ApprovalStatus, Decision, Delivery, Source
from tollgate.store.approval_item import approval_of, created_key, item_of
from tollgate.store.audit import Audit
from tollgate.store.dynamodb import Item, Table, transact
from tollgate.store.page import newest_of_tenant, page_of

RACES = 10
SETTLE_SECONDS = 30
"""Whoever decides tells machine and card at once; after this long without, the sweep takes it up."""


class Approvals:
    """Table `approvals`: pk `approval_id`; indexes `by_tenant` and `by_execution`, sorted by `created_key`.

    What still has to be done about an approval is in the sparse index `by_due`, see `store/due.py`.
    """

    def __init__(self, table: str, audit: Audit, clock: Clock) -> None:
        self._table, self._audit, self._clock = Table(table), audit, clock

    def create(self, approval: Approval) -> Approval:
        """Writes the approval, or returns the one that is there (the same question is asked once)."""
        put = self._table.put_request(item_of(approval), condition="attribute_not_exists(approval_id)")
        try:
            transact({"Put": put}, self._audit.told(approval, "requested", outcome="pending"))
        except ConflictError:
            return self.get(approval.approval_id)
        return approval

    def get(self, approval_id: str, *, tenant: str | None = None) -> Approval:
        """The approval. Raises `NotFoundError`, also for one of another tenant."""
        item = self._table.get({"approval_id": approval_id})
        if item is None or (tenant is not None and item["tenant"] != tenant):
            raise NotFoundError(f"there is no approval {approval_id!r}")
        return approval_of(item)

    def page(
        self, tenant: str, *, status: ApprovalStatus | None, limit: int, before: str | None
    ) -> tuple[list[Approval], str | None]:
        """Newest first, with the `created_key` to go on from, or None at the end."""
        found = map(approval_of, newest_of_tenant(self._table, tenant, before=before))
        return page_of((one for one in found if status in (None, one.status)), limit, created_key)

    def of_execution(self, execution_id: str) -> list[Approval]:
        """All approvals of an execution, oldest first."""
        items = self._table.query("execution_id = :id", {":id": execution_id}, index="by_execution", consistent=False)
        return [approval_of(item) for item in items]

    def decide(
        self, approval: Approval, decision: Decision, status: ApprovalStatus, *, call: dict[str, Any], source: Source
    ) -> None:
        """Appends the decision, sets the status, changes the call's item and adds to the audit, all or nothing.

        `call` is `Calls.decide_request`. Raises `ConflictError` when approval or call are no longer as shown.
        """
        transact(
            {"Update": self._decision_request(approval, decision, status)},
            {"Update": call},
            self._audit.decided(approval, decision, outcome=status, source=source),
        )

    def add(self, approval: Approval, decision: Decision, *, source: Source) -> None:
        """Appends one of several needed decisions; the approval stays pending. Raises `ConflictError`."""
        transact(
            {"Update": self._decision_request(approval, decision, "pending")},
            self._audit.decided(approval, decision, outcome="pending", source=source),
        )

    def close(self, approval_id: str, status: ApprovalStatus) -> bool:
        """pending -> `expired` or `revoked`. False where somebody decided first."""
        for _ in range(RACES):
            approval = self.get(approval_id)
            if approval.status != "pending":
                return False
            try:
                transact(
                    {"Update": self._closing_request(approval, status)},
                    self._audit.told(approval, "expired" if status == "expired" else "revoked", outcome=status),
                )
            except ConflictError:
                continue  # one vote of a quorum came in between, or the end of the question
            return True
        raise ConflictError(f"{approval_id} changed {RACES} times while it was being closed")

    def escalate(self, approval: Approval, *, approvers: list[str]) -> None:
        """Opens the question to others, once; a decision that came first stays, and raises `ConflictError`.

        The expiry is part of the fingerprint and never moves.
        """
        update = self._table.update_request(
            {"approval_id": approval.approval_id},
            "SET escalated = :true, approvers = :approvers",
            {":true": True, ":false": False, ":approvers": json.dumps(approvers), ":pending": "pending"},
            condition="#status = :pending AND escalated = :false",
            names={"#status": "status"},
        )
        wider = approval.model_copy(update={"approvers": approvers})
        try:
            transact({"Update": update}, self._audit.told(wider, "escalated", outcome="pending"))
        except ConflictError:
            current = self.get(approval.approval_id)
            if current.status != "pending" or not current.escalated:
                raise

    def delivered(self, approval_id: str, delivery: Delivery) -> tuple[str, str] | None:
        """Records whether the machine was told; returns the place of the latest card, as `card` does."""
        key = {"approval_id": approval_id}
        return _place(self._table.update(key, "SET delivery = :delivery", {":delivery": delivery}))

    def card(self, approval_id: str) -> tuple[str, str] | None:
        """Slack's channel and message time stamp of the latest card, or None."""
        return _place(self._table.get({"approval_id": approval_id}))

    def posted(self, approval_id: str, channel: str, ts: str) -> None:
        """Records where the card is, so that it can be replaced."""
        self._table.update(
            {"approval_id": approval_id}, "SET channel = :channel, ts = :ts", {":channel": channel, ":ts": ts}
        )

    def _decision_request(self, approval: Approval, decision: Decision, status: ApprovalStatus) -> dict[str, Any]:
        expression = "SET #status = :status, decisions = list_append(decisions, :decision)"
        values: Item = {
            ":status": status,
            ":decision": [decision.model_dump_json()],
            ":pending": "pending",
            ":fingerprint": decision.fingerprint,
            ":count": len(approval.decisions),
        }
        if status != "pending":
            expression += ", delivery = :pending, due_at = :due, tries = :none"
            values |= {":due": iso(decision.at + SETTLE_SECONDS), ":none": 0}
        return self._table.update_request(
            {"approval_id": approval.approval_id},
            expression,
            values,
            condition="#status = :pending AND fingerprint = :fingerprint AND size(decisions) = :count",
            names={"#status": "status"},
        )

    def _closing_request(self, approval: Approval, status: ApprovalStatus) -> dict[str, Any]:
        due_at = iso(self._clock.now() + SETTLE_SECONDS)
        return self._table.update_request(
            {"approval_id": approval.approval_id},
            "SET #status = :status, due_at = :due, tries = :none",
            {":status": status, ":pending": "pending", ":due": due_at, ":none": 0},
            condition="#status = :pending",
            names={"#status": "status"},
        )


def _place(item: Item | None) -> tuple[str, str] | None:
    return (item["channel"], item["ts"]) if item and "ts" in item else None
