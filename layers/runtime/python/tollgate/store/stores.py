"""All tables of one function, opened from its settings. A table that the function was not given fails on first use."""

from dataclasses import dataclass
from functools import cached_property

from tollgate.clock import Clock
from tollgate.settings import Settings
from tollgate.store.approvals import Approvals
from tollgate.store.artifacts import Artifacts
from tollgate.store.audit import Audit
from tollgate.store.budgets import Budgets
from tollgate.store.call_rates import CallRates
from tollgate.store.calls import Calls
from tollgate.store.due import DueApprovals
from tollgate.store.executions import Executions
from tollgate.store.gates import Gates
from tollgate.store.journal import Journal
from tollgate.store.lease_slots import LeaseSlots
from tollgate.store.memory import Memory
from tollgate.store.shared_clock import shared_clock


@dataclass(frozen=True)
class Stores:
    settings: Settings
    clock: Clock

    @classmethod
    def from_environment(cls) -> "Stores":
        return cls(Settings.from_environment(), shared_clock())

    @cached_property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.settings.bucket)

    @cached_property
    def executions(self) -> Executions:
        return Executions(self.settings.executions_table, self.artifacts, self.clock)

    @cached_property
    def memory(self) -> Memory:
        return Memory(self.settings.memory_table, self.clock)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.settings.journal_table, self.artifacts, self.clock)

    @cached_property
    def calls(self) -> Calls:
        return Calls(self.settings.calls_table, self.artifacts)

    @cached_property
    def call_rates(self) -> CallRates:
        return CallRates(self.settings.executions_table)

    @cached_property
    def budgets(self) -> Budgets:
        return Budgets(self.settings.budgets_table)

    @cached_property
    def lease_slots(self) -> LeaseSlots:
        return LeaseSlots(self.settings.executions_table)

    @cached_property
    def approvals(self) -> Approvals:
        return Approvals(self.settings.approvals_table, self.audit, self.clock)

    @cached_property
    def due(self) -> DueApprovals:
        return DueApprovals(self.settings.approvals_table, self.clock)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.settings.audit_table, self.clock)

    @cached_property
    def gates(self) -> Gates:
        return Gates(self.settings.gates_table)
