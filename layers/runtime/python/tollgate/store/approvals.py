"""Approvals and their gates. A decision and the state of its call change in one transaction, or neither does."""

import json
from typing import Any

from tollgate.clock import iso
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.approval import Approval, ApprovalStatus, Decision
from tollgate.store.dynamodb import Item, Table, transact


class Approvals:
    """Table `approvals`: pk `approval_id`; indexes `by_tenant` and `by_execution`, sorted by `created_key`."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def create(self, approval: Approval) -> Approval:
        """Writes the approval, or returns the one that is there (the same question is asked once)."""
        try:
            self._table.put(self._item(approval), condition="attribute_not_exists(approval_id)")
        except ConflictError:
            return self.get(approval.approval_id)
        return approval

    def get(self, approval_id: str, *, tenant: str | None = None) -> Approval:
        """The approval. Raises `NotFoundError`, also for one of another tenant."""
        item = self._table.get({"approval_id": approval_id})
        if item is None or (tenant is not None and item["tenant"] != tenant):
            raise NotFoundError(f"there is no approval {approval_id!r}")
        return self._approval(item)

    def page(
        self, tenant: str, *, status: ApprovalStatus | None, limit: int, before: str | None
    ) -> tuple[list[Approval], str | None]:
        """Newest first, with the `created_key` to go on from, or None at the end."""
        condition, values = "tenant = :tenant", {":tenant": tenant}
        if before:
            condition += " AND created_key < :before"
            values[":before"] = before
        found: list[Approval] = []
        for item in self._table.query(condition, values, index="by_tenant", forward=False, consistent=False):
            approval = self._approval(item)
            if status not in (None, approval.status):
                continue
            if len(found) == limit:
                return found, _created_key(found[-1])
            found.append(approval)
        return found, None

    def of_execution(self, execution_id: str) -> list[Approval]:
        """All approvals of an execution, oldest first."""
        items = self._table.query("execution_id = :id", {":id": execution_id}, index="by_execution", consistent=False)
        return [self._approval(item) for item in items]

    def decide(self, approval: Approval, decision: Decision, status: ApprovalStatus, *, call: dict[str, Any]) -> None:
        """Appends the decision, sets the status, and changes the call's item, all or nothing.

        `call` is `Calls.decide_request`. Raises `ConflictError` when approval or call are no longer as shown.
        """
        transact({"Update": self._decision_request(approval, decision, status)}, {"Update": call})

    def add(self, approval: Approval, decision: Decision) -> None:
        """Appends one of several needed decisions; the approval stays pending. Raises `ConflictError`."""
        transact({"Update": self._decision_request(approval, decision, "pending")})

    def close(self, approval_id: str, status: ApprovalStatus) -> bool:
        """pending -> `expired` or `revoked`. False where somebody decided first."""
        try:
            self._table.update(
                {"approval_id": approval_id},
                "SET #status = :status",
                {":status": status, ":pending": "pending"},
                condition="#status = :pending",
                names={"#status": "status"},
            )
        except ConflictError:
            return False
        return True

    def escalate(self, approval: Approval, *, approvers: list[str]) -> None:
        """Opens the question to others; a decision that came first stays. Raises `ConflictError`.

        The expiry is part of the fingerprint and never moves.
        """
        self._table.update(
            {"approval_id": approval.approval_id},
            "SET escalated = :true, approvers = :approvers",
            {":true": True, ":approvers": json.dumps(approvers), ":pending": "pending"},
            condition="#status = :pending",
            names={"#status": "status"},
        )

    def _decision_request(self, approval: Approval, decision: Decision, status: ApprovalStatus) -> dict[str, Any]:
        return self._table.update_request(
            {"approval_id": approval.approval_id},
            "SET #status = :status, decisions = list_append(decisions, :decision)",
            {
                ":status": status,
                ":decision": [decision.model_dump_json()],
                ":pending": "pending",
                ":fingerprint": decision.fingerprint,
                ":count": len(approval.decisions),
            },
            condition="#status = :pending AND fingerprint = :fingerprint AND size(decisions) = :count",
            names={"#status": "status"},
        )

    def _item(self, approval: Approval) -> Item:
        document = approval.model_dump(mode="json", exclude={"status", "decisions", "approvers", "escalated"})
        return {
            "approval_id": approval.approval_id,
            "tenant": approval.tenant,
            "execution_id": approval.execution_id,
            "created_key": _created_key(approval),
            "fingerprint": approval.fingerprint,
            "status": approval.status,
            "approvers": json.dumps(approval.approvers),
            "escalated": approval.escalated,
            "decisions": [decision.model_dump_json() for decision in approval.decisions],
            "document": json.dumps(document, ensure_ascii=False),
        }

    def _approval(self, item: Item) -> Approval:
        document = json.loads(item["document"])
        return Approval.model_validate(
            document
            | {
                "status": item["status"],
                "approvers": json.loads(item["approvers"]),
                "escalated": item["escalated"],
                "decisions": [json.loads(decision) for decision in item["decisions"]],
            }
        )


class Gate:
    """Where an approval's machine waits and where its card is. The token wakes the machine and authorises nothing."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def open(self, approval_id: str, token: str, *, expires_at: float) -> None:
        """Stores the latest token: a retried task has a new one."""
        self._table.update(
            {"approval_id": approval_id},
            "SET task_token = :token, expires_at = :expires",
            {":token": token, ":expires": int(expires_at) + 30 * 86_400},
        )

    def token(self, approval_id: str) -> str | None:
        """The token, or None where no gate is open."""
        item = self._table.get({"approval_id": approval_id})
        return item.get("task_token") if item else None

    def card(self, approval_id: str) -> tuple[str, str] | None:
        """Slack's channel and message time stamp of the card, or None."""
        item = self._table.get({"approval_id": approval_id})
        return (item["channel"], item["ts"]) if item and "ts" in item else None

    def posted(self, approval_id: str, channel: str, ts: str) -> None:
        """Records where the card is, so that it can be replaced."""
        self._table.update(
            {"approval_id": approval_id}, "SET channel = :channel, ts = :ts", {":channel": channel, ":ts": ts}
        )

    def remove(self, approval_id: str) -> None:
        """Forgets token and card."""
        self._table.delete({"approval_id": approval_id})


def _created_key(approval: Approval) -> str:
    return f"{iso(approval.created_at)}#{approval.approval_id}"
