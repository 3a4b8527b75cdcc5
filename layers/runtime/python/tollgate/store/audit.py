"""The audit of approvals: entries are added, in the transaction of what they tell, and nothing else is ever done."""

import secrets
from collections.abc import Iterator
from typing import Any

from tollgate.canonical import digest
from tollgate.clock import Clock, iso
from tollgate.models.approval import Approval, Decision, DecisionKind, Source
from tollgate.models.audit import AuditEntry, AuditKind
from tollgate.store.dynamodb import Item, Table
from tollgate.store.page import page_of

MACHINE = Source(door="machine")
_NEW = "attribute_not_exists(approval_id)"


class Audit:
    """Table `audit`: pk `approval_id`, sk `entry`; index `by_tenant`, sorted by `entry`, which begins with the time.

    No role may update or delete an item, and every put here needs a key that is not there yet.
    """

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = Table(table)
        self._clock = clock

    def told(self, approval: Approval, kind: AuditKind, *, outcome: str) -> dict[str, Any]:
        """What the machine did to the question, as an entry of a transaction."""
        return self._put(self._entry(approval, kind, outcome=outcome, source=MACHINE, at=self._clock.now()))

    def decided(self, approval: Approval, decision: Decision, *, outcome: str, source: Source) -> dict[str, Any]:
        """One person's word that counted, as an entry of the transaction that makes it count."""
        arguments = decision.arguments
        entry = self._entry(approval, "decided", outcome=outcome, source=source, at=decision.at)
        update = {
            "fingerprint": decision.fingerprint,
            "by": decision.by,
            "decision": decision.decision,
            "reason": decision.reason,
            "arguments_digest": None if arguments is None else digest(arguments),
        }
        return self._put(entry.model_copy(update=update))

    def refuse(
        self,
        approval: Approval,
        *,
        by: str | None,
        decision: DecisionKind,
        fingerprint: str,
        error: Exception,
        source: Source,
    ) -> None:
        """Records an attempt that changed nothing."""
        entry = self._entry(approval, "refused", outcome=type(error).__name__, source=source, at=self._clock.now())
        update = {"fingerprint": fingerprint[:200], "by": by, "decision": decision, "reason": str(error)[:1000]}
        self._table.put(entry.model_copy(update=update).model_dump(mode="json"), condition=_NEW)

    def of_approval(self, approval_id: str) -> list[AuditEntry]:
        """All entries of one approval, oldest first."""
        found = self._table.query("approval_id = :id", {":id": approval_id})
        return [AuditEntry.model_validate(item) for item in found]

    def page(
        self, tenant: str, *, since: float | None, limit: int, before: str | None
    ) -> tuple[list[AuditEntry], str | None]:
        """A tenant's entries, newest first, with the `entry` to go on from, or None at the end."""
        found = self._newest_first(tenant, since=iso(since) if since else "0", before=before or "9")
        return page_of(found, limit, lambda entry: entry.entry)

    def _newest_first(self, tenant: str, *, since: str, before: str) -> Iterator[AuditEntry]:
        items = self._table.query(
            "tenant = :tenant AND #entry BETWEEN :since AND :before",
            {":tenant": tenant, ":since": since, ":before": before},
            index="by_tenant",
            names={"#entry": "entry"},
            forward=False,
            consistent=False,
        )
        return (AuditEntry.model_validate(item) for item in items if item["entry"] != before)

    def _entry(self, approval: Approval, kind: AuditKind, *, outcome: str, source: Source, at: float) -> AuditEntry:
        return AuditEntry(
            # Time first, so that entries sort by it; then enough chance that no two entries meet.
            entry=f"{iso(at)}#{kind}#{secrets.token_hex(8)}",
            approval_id=approval.approval_id,
            tenant=approval.tenant,
            execution_id=approval.execution_id,
            agent=approval.agent,
            tool=approval.tool,
            step=approval.step,
            call_id=approval.call_id,
            kind=kind,
            at=at,
            fingerprint=approval.fingerprint,
            outcome=outcome,
            source=source,
        )

    def _put(self, entry: AuditEntry) -> dict[str, Any]:
        item: Item = entry.model_dump(mode="json")
        return {"Put": self._table.put_request(item, condition=_NEW)}
