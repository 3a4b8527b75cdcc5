"""The budgets around an execution: the agent's day and the tenant's month. Pure; who asks for what is decided here."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tollgate.models.execution import Execution

ScopeKind = Literal["agent", "tenant"]

_PERIODS: dict[ScopeKind, str] = {"agent": "%Y-%m-%d", "tenant": "%Y-%m"}
"""An agent's budget is per day, a tenant's per month, both in UTC. Texts of one kind sort as times do."""


@dataclass(frozen=True)
class Scope:
    """One outer budget. It belongs to a tenant: two tenants' agents of one name have nothing to do with each other."""

    tenant: str
    kind: ScopeKind
    name: str

    @property
    def key(self) -> str:
        """The item's key; JSON, so that no name can be mistaken for another scope's."""
        return json.dumps([self.tenant, self.kind, self.name], ensure_ascii=False)

    @property
    def label(self) -> str:
        """As the API spells it: `agent:<name>`, `tenant:<id>`."""
        return f"{self.kind}:{self.name}"

    def period(self, now: float) -> str:
        """The day or month that `now` is in."""
        return datetime.fromtimestamp(now, UTC).strftime(_PERIODS[self.kind])


def outer_scopes(execution: Execution) -> tuple[Scope, Scope]:
    """The scopes that an execution spends from beside its own limits, the narrower one first."""
    tenant = execution.tenant
    return Scope(tenant, "agent", execution.agent), Scope(tenant, "tenant", tenant)
