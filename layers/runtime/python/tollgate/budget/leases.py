"""Leases of the outer scopes: an execution spends only what it has taken out of them, and the rest goes back.

A change of hands is three single writes, never a transaction, so that thousands of executions can share one item:

    lease:   scope: take, list the entry -> execution: credit the slot -> scope: forget the entry
    return:  scope: list the entry -> execution: debit the slot -> scope: put back, forget the entry

Whether an entry took effect is read from the execution's slot, so whoever finds one that nobody finishes can finish it
or call it off, and no crash or zombie moves an amount twice.
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tollgate.budget.amount import Amount
from tollgate.budget.chunk import chunk
from tollgate.budget.notices import THRESHOLDS, tell
from tollgate.budget.pace import PAUSES, pause_seconds
from tollgate.budget.scopes import Scope, outer_scopes
from tollgate.clock import Clock
from tollgate.errors import NotFoundError
from tollgate.models.execution import Execution
from tollgate.models.lease import LeaseSlot
from tollgate.store.budgets import Budgets, Entry, ScopeState
from tollgate.store.journal import Journal
from tollgate.store.lease_slots import LeaseSlots

LEASE_SECONDS = 1_800
"""From then on what is left of a lease goes back; twice the longest model call."""

ENTRY_SECONDS = 60
"""Three writes take milliseconds; a process that has not made them by then is dead or will find itself called off."""

_RACES = 8


@dataclass(frozen=True)
class NoRoom:
    """A scope cannot take the call; `unit` is `tokens` or `usd`."""

    scope: Scope
    unit: Literal["tokens", "usd"]


@dataclass(frozen=True)
class Leases:
    """Leasing, returning, and clearing up after the dead."""

    budgets: Budgets
    slots: LeaseSlots
    journal: Journal
    clock: Clock
    event_source: str = ""
    sleep: Callable[[float], None] = time.sleep

    def cover(self, execution: Execution, wanted: Amount) -> dict[str, str] | NoRoom:
        """Slots that hold at least `wanted`, kind -> period, for every scope that has a limit; or who has no room."""
        covered: dict[str, str] = {}
        for scope in outer_scopes(execution):
            period = scope.period(self.clock.now())
            slot = execution.leases.get(scope.kind, LeaseSlot())
            if slot.period != period or not Amount(slot.tokens, slot.microusd).covers(wanted):
                held = self._lease(scope, period, execution, wanted)
                if isinstance(held, NoRoom):
                    return held
                if held is None:
                    continue
                period = held
            covered[scope.kind] = period
        return covered

    def release(self, execution: Execution, *, expired_only: bool = False) -> None:
        """Gives back what the execution holds, and clears up what its dead processes began."""
        for scope in outer_scopes(execution):
            state = self._calm(scope, scope.period(self.clock.now()))
            if state is None:
                continue
            self.clear_up(scope, state, execution.execution_id)
            for _ in range(_RACES):
                slot = self.slots.read(execution.execution_id, scope.kind)
                if expired_only and slot.expires_at > self.clock.now():
                    break
                if self._return(scope, state, execution.execution_id, slot):
                    break

    def clear_up(self, scope: Scope, state: ScopeState, execution_id: str | None = None) -> bool:
        """Finishes or calls off entries of this execution, and everybody's that nobody will finish any more.

        True when there were any.
        """
        now = self.clock.now()
        left = [one for one in state.open.values() if one.execution_id == execution_id or one.expires_at < now]
        for entry in left:
            self._resolve(scope, entry)
        return bool(left)

    def _lease(self, scope: Scope, period: str, execution: Execution, wanted: Amount) -> str | NoRoom | None:
        """The period in which the slot now holds enough; None for a scope without a limit."""
        for _ in range(_RACES):
            state = self._calm(scope, period)
            if state is None:
                return None
            if self.clear_up(scope, state, execution.execution_id):
                continue  # there may be more room now
            slot = self.slots.read(execution.execution_id, scope.kind)
            left = Amount(slot.tokens, slot.microusd) if slot.period == state.period else Amount()
            if left.covers(wanted):
                return state.period
            missing = (wanted - left).at_least(Amount())
            taken = self._take(scope, state, execution, slot, missing)
            if isinstance(taken, NoRoom):
                return taken
            if taken:
                return state.period
        return NoRoom(scope, "tokens")

    def _take(
        self, scope: Scope, state: ScopeState, execution: Execution, slot: LeaseSlot, missing: Amount
    ) -> bool | NoRoom:
        if not state.rest.covers(missing):
            return self._no_room(scope, state, execution, missing)
        sizes = dict.fromkeys([chunk(missing, own=own(execution), rest=state.rest), missing])
        for size in sizes:
            entry = self._entry("lease", execution.execution_id, slot, size, Amount())
            after = self.budgets.take(scope, state, entry, int(self.clock.now()))
            if after:
                self._notify(scope, after, execution)
                return self._credit(scope, state.period, execution.execution_id, slot, entry, after)
        current = self.budgets.read(scope, state.period)
        if current is None or current.period != state.period or current.rest.covers(missing):
            return False  # it has changed since; look again
        return self._no_room(scope, current, execution, missing)

    def _no_room(self, scope: Scope, state: ScopeState, execution: Execution, missing: Amount) -> NoRoom:
        if self.budgets.notify(scope, state.period, THRESHOLDS[-1]):
            self._tell(scope, state, execution, THRESHOLDS[-1])
        return NoRoom(scope, "tokens" if state.rest.tokens < missing.tokens else "usd")

    def _calm(self, scope: Scope, period: str) -> ScopeState | None:
        """The scope's item, once not too many are changing it."""
        chance = random.Random()  # noqa: S311  # jitter, not a secret
        state = self.budgets.read(scope, period)
        for _ in range(PAUSES):
            pause = pause_seconds(state.second, state.changes, self.clock.now(), chance) if state else 0.0
            if not pause:
                break
            self.sleep(pause)
            state = self.budgets.read(scope, period)
        return state

    def _credit(
        self, scope: Scope, period: str, execution_id: str, slot: LeaseSlot, entry: Entry, after: ScopeState
    ) -> bool:
        others = [found for found in after.open.values() if found.id != entry.id and found.execution_id == execution_id]
        for other in others:
            self._resolve(scope, other)
        expires = self.clock.now() + LEASE_SECONDS
        credited = self.slots.credit(
            execution_id, scope.kind, slot, entry=entry.id, amount=entry.moved, period=period, expires=expires
        )
        if credited:
            self.budgets.forget(scope, entry.id)
        else:
            self.budgets.give_back(scope, entry)
        return credited

    def _return(self, scope: Scope, state: ScopeState, execution_id: str, slot: LeaseSlot) -> bool:
        """True when nothing of this period is left to return."""
        taken = Amount(slot.taken_tokens, slot.taken_microusd)
        if slot.period != state.period or taken == Amount():
            return True
        left = Amount(slot.tokens, slot.microusd)
        entry = self._entry("return", execution_id, slot, left, taken - left)
        if self.budgets.announce(scope, state, entry, int(self.clock.now())) is None:
            return True  # the period is over, and what was leased in it with it
        if self.slots.debit(execution_id, scope.kind, slot, entry=entry.id):
            self.budgets.give_back(scope, entry)
            return True
        self.budgets.forget(scope, entry.id)
        return False

    def _resolve(self, scope: Scope, entry: Entry) -> None:
        """Finishes an entry that took effect, and calls off one that did not."""
        effective = self._took_effect(scope, entry)
        if effective == (entry.kind == "return"):
            self.budgets.give_back(scope, entry)
        else:
            self.budgets.forget(scope, entry.id)

    def _took_effect(self, scope: Scope, entry: Entry) -> bool:
        try:
            slot = self.slots.read(entry.execution_id, scope.kind)
            if slot.entry != entry.id and slot.number == entry.number:
                # It still could: close the door, and look again if it was quicker.
                if self.slots.close_to(entry.execution_id, scope.kind, entry.number):
                    return False
                slot = self.slots.read(entry.execution_id, scope.kind)
        except NotFoundError:
            return False
        return slot.entry == entry.id

    def _entry(self, kind: str, execution_id: str, slot: LeaseSlot, moved: Amount, spent: Amount) -> Entry:
        return Entry(
            id=f"e{uuid.uuid4().hex[:12]}",
            kind="lease" if kind == "lease" else "return",
            execution_id=execution_id,
            number=slot.number,
            moved=moved,
            spent=spent,
            expires_at=self.clock.now() + ENTRY_SECONDS,
        )

    def _notify(self, scope: Scope, after: ScopeState, execution: Execution) -> None:
        crossed = max((percent for percent in THRESHOLDS if after.used_percent >= percent), default=0)
        if crossed > after.notified and self.budgets.notify(scope, after.period, crossed):
            self._tell(scope, after, execution, crossed)

    def _tell(self, scope: Scope, state: ScopeState, execution: Execution, percent: int) -> None:
        tell(
            self.journal,
            self.event_source,
            execution,
            scope.label,
            f"{state.period}#{percent:03d}",
            percent,
            state.used_percent,
        )


def own(execution: Execution) -> Amount:
    """What the execution's own limits leave it."""
    spend, limits = execution.spend, execution.limits
    return Amount(
        limits.tokens - spend.tokens - spend.reserved_tokens,
        round((limits.usd - spend.usd - spend.reserved_usd) * 1_000_000),
    )
