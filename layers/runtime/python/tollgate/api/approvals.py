"""Reading approvals. Deciding one is the gate's, which alone can reach the task tokens."""

from dataclasses import dataclass
from typing import Any, cast, get_args

from tollgate.api import page, view
from tollgate.models.approval import Approval, ApprovalStatus
from tollgate.models.principal import Principal
from tollgate.store.stores import Stores


@dataclass(frozen=True)
class Approvals:
    """The routes that show approvals; one per function."""

    stores: Stores

    def page_of(self, principal: Principal, query: dict[str, str]) -> dict[str, Any]:
        """Newest first; `execution` asks for those of one execution, all on one page."""
        status = cast(ApprovalStatus | None, page.one_of("status", query.get("status"), get_args(ApprovalStatus)))
        limit = page.limit_of(query.get("limit"))
        before = page.decode(principal.tenant, query.get("cursor"))
        if "execution" in query:
            found, key = self._of_execution(principal, query["execution"], status), None
        else:
            found, key = self.stores.approvals.page(principal.tenant, status=status, limit=limit, before=before)
        return {"items": [view.approval(item) for item in found], "cursor": page.encode(principal.tenant, key)}

    def get(self, principal: Principal, approval_id: str) -> dict[str, Any]:
        """One approval, whole."""
        return view.approval(self.stores.approvals.get(approval_id, tenant=principal.tenant))

    def audit_of(self, principal: Principal, approval_id: str) -> dict[str, Any]:
        """Who did what to one approval, oldest first, all on one page."""
        self.stores.approvals.get(approval_id, tenant=principal.tenant)
        return {
            "items": [view.audit_entry(item) for item in self.stores.audit.of_approval(approval_id)],
            "cursor": None,
        }

    def audit(self, principal: Principal, query: dict[str, str]) -> dict[str, Any]:
        """The same for all approvals of the tenant, newest first; `since` is an instant."""
        since, limit = page.instant("since", query.get("since")), page.limit_of(query.get("limit"))
        before = page.decode(principal.tenant, query.get("cursor"))
        found, key = self.stores.audit.page(principal.tenant, since=since, limit=limit, before=before)
        return {"items": [view.audit_entry(item) for item in found], "cursor": page.encode(principal.tenant, key)}

    def _of_execution(self, principal: Principal, execution_id: str, status: ApprovalStatus | None) -> list[Approval]:
        asked = self.stores.approvals.of_execution(execution_id)
        mine = [item for item in asked if item.tenant == principal.tenant and status in (None, item.status)]
        return mine[::-1]
