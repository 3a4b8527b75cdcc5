"""Reading approvals. Deciding one is the gate's, which alone can reach the task tokens."""

from dataclasses import dataclass
from typing import Any, cast, get_args

from tollgate.api import page, view
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.veil import veiled, without_secrets
from tollgate.definitions.registry import Registry
from tollgate.models.approval import Approval, ApprovalStatus
from tollgate.models.audit import AuditEntry
from tollgate.models.principal import Principal
from tollgate.redaction.of_execution import redactor_of
from tollgate.store.stores import Stores


@dataclass(frozen=True)
class Approvals:
    """The routes that show approvals; one per function."""

    stores: Stores
    registry: Registry

    def page_of(self, principal: Principal, query: dict[str, str]) -> dict[str, Any]:
        """Newest first; `execution` asks for those of one execution, all on one page."""
        status = cast(ApprovalStatus | None, page.one_of("status", query.get("status"), get_args(ApprovalStatus)))
        limit = page.limit_of(query.get("limit"))
        before = page.decode(principal.tenant, query.get("cursor"))
        if "execution" in query:
            found, key = self._of_execution(principal, query["execution"], status), None
        else:
            found, key = self.stores.approvals.page(principal.tenant, status=status, limit=limit, before=before)
        items = [view.approval(veiled(self.stores.journal, item)) for item in found]
        return {"items": items, "cursor": page.encode(principal.tenant, key)}

    def get(self, principal: Principal, approval_id: str) -> dict[str, Any]:
        """One approval: whole to its requester and to those who may decide it, secrets apart; else as in a list."""
        approval = self.stores.approvals.get(approval_id, tenant=principal.tenant)
        whole = approval.requester == principal.id or self._deciders.may_decide(approval, principal)
        return view.approval(without_secrets(approval) if whole else veiled(self.stores.journal, approval))

    def audit_of(self, principal: Principal, approval_id: str) -> dict[str, Any]:
        """Who did what to one approval, oldest first, all on one page."""
        self.stores.approvals.get(approval_id, tenant=principal.tenant)
        return {
            "items": [self._line(item) for item in self.stores.audit.of_approval(approval_id)],
            "cursor": None,
        }

    def audit(self, principal: Principal, query: dict[str, str]) -> dict[str, Any]:
        """The same for all approvals of the tenant, newest first; `since` is an instant."""
        since, limit = page.instant("since", query.get("since")), page.limit_of(query.get("limit"))
        before = page.decode(principal.tenant, query.get("cursor"))
        found, key = self.stores.audit.page(principal.tenant, since=since, limit=limit, before=before)
        return {"items": [self._line(item) for item in found], "cursor": page.encode(principal.tenant, key)}

    def _line(self, entry: AuditEntry) -> dict[str, Any]:
        """A person's own words are free text, and may quote what the call is about."""
        if entry.reason:
            reason = redactor_of(self.stores.journal, entry.execution_id).text(entry.reason)
            entry = entry.model_copy(update={"reason": reason})
        return view.audit_entry(entry)

    @property
    def _deciders(self) -> Deciders:
        """Without Slack: who may decide only as a member of a user group reads the approval as in a list."""
        return Deciders(self.registry, lambda _group, _users: False)

    def _of_execution(self, principal: Principal, execution_id: str, status: ApprovalStatus | None) -> list[Approval]:
        asked = self.stores.approvals.of_execution(execution_id)
        mine = [item for item in asked if item.tenant == principal.tenant and status in (None, item.status)]
        return mine[::-1]
