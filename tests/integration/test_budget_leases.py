"""Leases of outer scopes: what they cost, who gets them back, and that no crash makes or loses a token."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tollgate.budget.amount import Amount
from tollgate.budget.leases import ENTRY_SECONDS, LEASE_SECONDS
from tollgate.budget.reservation import Refusal, reserve, settle
from tollgate.budget.scopes import Scope
from tollgate.models.execution import Execution
from tollgate.store.dynamodb import Table

from tests.integration.budget_world import NOON, BudgetWorld, budgets

__all__ = ["budgets"]

CALL = Amount(1_000, 0)
SPENT = Amount(400, 0)


class CrashError(BaseException):
    """The process is gone: nothing after it runs, no `except Exception` either."""


class Kill:
    """Counts the writes of a process and ends it at one of them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._original, self.writes = Table.update, 0
        self.at, self.after = -1, False
        patch.setattr(Table, "update", self._update())

    def arm(self, at: int, *, after: bool) -> None:
        self.writes, self.at, self.after = 0, at, after

    def _update(self) -> Callable[..., Any]:
        def update(table: Table, *args: Any, **named: Any) -> Any:
            here, self.writes = self.writes == self.at, self.writes + 1
            if here and not self.after:
                raise CrashError
            done = self._original(table, *args, **named)
            if here:
                raise CrashError
            return done

        return update


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Kill:
    return Kill(monkeypatch)


def tenant_of(world: BudgetWorld, tokens: int) -> Scope:
    return world.tenant(uuid.uuid4().hex, tokens=tokens)


def one_call(world: BudgetWorld, execution: Execution) -> Refusal | None:
    """A model call as Reason makes it: dead reservations settled, then reserve, then settle."""
    for dead in world.stores.executions.reservations.open(execution.execution_id):
        settle(world.stores, execution.execution_id, dead, None)
    reservation = f"r{uuid.uuid4().hex}"
    holding = reserve(world.stores, world.fresh(execution), reservation, CALL, step=1)
    if isinstance(holding, Refusal):
        return holding
    settle(world.stores, execution.execution_id, reservation, SPENT)
    return None


def closed(world: BudgetWorld, execution: Execution) -> Execution:
    """As settlement does at the end: open reservations in full, then everything back."""
    for dead in world.stores.executions.reservations.open(execution.execution_id):
        settle(world.stores, execution.execution_id, dead, None)
    world.leases.release(world.fresh(execution))
    return world.fresh(execution)


def test_without_a_limit_no_scope_is_written(budgets: BudgetWorld) -> None:
    """An outer budget that nobody set costs reads only, and there is no item."""
    execution = budgets.execution("nobody-limits")
    assert one_call(budgets, execution) is None
    assert budgets.stores.budgets.read(Scope("nobody-limits", "tenant", "nobody-limits"), "2026-11") is None


def test_a_lease_lasts_for_several_calls_and_the_rest_comes_back(budgets: BudgetWorld, kill: Kill) -> None:
    """Only the first of eight calls writes to the scope; after the end the scope's books agree with the execution's."""
    scope = tenant_of(budgets, 1_000_000)
    execution = budgets.execution(scope.tenant)
    one_call(budgets, execution)
    kill.arm(-1, after=False)
    for _ in range(7):
        one_call(budgets, execution)
    assert kill.writes == 14  # one to reserve and one to settle per call, both on the execution's own item
    assert budgets.state(scope).leased.tokens == 8_000
    assert closed(budgets, execution).spend.tokens == 3_200
    after = budgets.state(scope)
    assert (after.spent.tokens, after.leased.tokens, after.available.tokens) == (3_200, 0, 996_800)


def test_a_scope_without_room_names_itself_and_its_unit(budgets: BudgetWorld) -> None:
    """The execution has plenty, its tenant has not: the refusal says whose limit it is."""
    scope = tenant_of(budgets, 999)
    assert one_call(budgets, budgets.execution(scope.tenant)) == Refusal("tokens", f"tenant:{scope.name}")
    dollars = budgets.tenant(uuid.uuid4().hex, microusd=10)
    execution = budgets.execution(dollars.tenant)
    refusal = reserve(budgets.stores, execution, "r1", Amount(1, 11), step=1)
    assert refusal == Refusal("usd", f"tenant:{dollars.name}")


def test_both_scopes_pay_and_the_agents_day_can_be_the_narrower(budgets: BudgetWorld) -> None:
    """An agent's budget belongs to its tenant, and a new day begins with all of it."""
    scope = tenant_of(budgets, 1_000_000)
    agent = Scope(scope.tenant, "agent", "worker")
    budgets.stores.budgets.limit(agent, budgets.period(agent), tokens=1_500, microusd=None)
    execution = budgets.execution(scope.tenant)
    assert one_call(budgets, execution) is None
    assert one_call(budgets, execution) is None
    assert one_call(budgets, execution) == Refusal("tokens", "agent:worker")
    try:
        budgets.clock.at = NOON + 86_400
        assert one_call(budgets, execution) is None
        assert budgets.state(agent).leased.tokens == 1_000
    finally:
        budgets.clock.at = NOON


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(5))
def test_a_process_killed_at_any_write_of_a_call_strands_and_makes_nothing(
    budgets: BudgetWorld, kill: Kill, at: int, after: bool
) -> None:
    """Take, credit, forget, reserve, settle: killed at each, tried again, ended: the scope's books agree exactly."""
    scope = tenant_of(budgets, 100_000)
    execution = budgets.execution(scope.tenant)
    kill.arm(at, after=after)
    with pytest.raises(CrashError):
        one_call(budgets, execution)
    kill.arm(-1, after=False)
    assert one_call(budgets, execution) is None
    spent = closed(budgets, execution).spend.tokens
    state = budgets.state(scope)
    assert (state.spent.tokens, state.leased.tokens, dict(state.open)) == (spent, 0, {})
    assert spent in (400, 800, 1_400)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(3))
def test_a_process_killed_at_any_write_of_a_return_gives_back_exactly_once(
    budgets: BudgetWorld, kill: Kill, at: int, after: bool
) -> None:
    """List, debit, put back: killed at each, settled again: what was not spent is back once, and not twice."""
    scope = tenant_of(budgets, 100_000)
    execution = budgets.execution(scope.tenant)
    one_call(budgets, execution)
    kill.arm(at, after=after)
    with pytest.raises(CrashError):
        closed(budgets, execution)
    kill.arm(-1, after=False)
    for _ in range(2):
        closed(budgets, execution)
    state = budgets.state(scope)
    assert (state.spent.tokens, state.available.tokens, dict(state.open)) == (400, 99_600, {})


def test_what_a_dead_process_took_is_free_again_for_others_after_a_minute(budgets: BudgetWorld, kill: Kill) -> None:
    """Killed between taking and crediting, never tried again: the next execution that leases clears up first."""
    scope = tenant_of(budgets, 1_000)
    dead, other = budgets.execution(scope.tenant), budgets.execution(scope.tenant)
    kill.arm(0, after=True)
    with pytest.raises(CrashError):
        one_call(budgets, dead)
    kill.arm(-1, after=False)
    assert one_call(budgets, other) == Refusal("tokens", f"tenant:{scope.name}")
    try:
        budgets.clock.at = NOON + ENTRY_SECONDS + 1
        assert one_call(budgets, other) is None
        assert budgets.fresh(dead).leases["tenant"].tokens == 0
    finally:
        budgets.clock.at = NOON


def test_a_zombie_that_comes_back_cannot_credit_what_was_called_off(budgets: BudgetWorld) -> None:
    """Its lease was given back meanwhile; the slot has moved on, so its credit fails and nothing is doubled."""
    scope = tenant_of(budgets, 10_000)
    execution = budgets.execution(scope.tenant)
    leases, slot = budgets.leases, budgets.stores.lease_slots.read(execution.execution_id, "tenant")
    entry = leases._entry("lease", execution.execution_id, slot, Amount(5_000, 0), Amount())
    taken = budgets.stores.budgets.take(scope, budgets.state(scope), entry, 0)
    assert taken is not None
    leases.clear_up(scope, taken, execution.execution_id)
    credited = leases._credit(scope, budgets.period(scope), execution.execution_id, slot, entry, taken)
    assert not credited
    state = budgets.state(scope)
    assert (state.available.tokens, dict(state.open)) == (10_000, {})


def test_an_execution_that_waits_holds_its_lease_no_longer_than_it_lasts(budgets: BudgetWorld) -> None:
    """The sweep takes an expired lease back from a running execution, and leaves one that stands."""
    scope = tenant_of(budgets, 100_000)
    execution = budgets.execution(scope.tenant)
    one_call(budgets, execution)
    budgets.leases.release(budgets.fresh(execution), expired_only=True)
    assert budgets.state(scope).leased.tokens > 0
    try:
        budgets.clock.at = NOON + LEASE_SECONDS + 1
        budgets.leases.release(budgets.fresh(execution), expired_only=True)
    finally:
        budgets.clock.at = NOON
    assert (budgets.state(scope).leased.tokens, budgets.state(scope).spent.tokens) == (0, 400)
    assert one_call(budgets, execution) is None


def test_a_lease_is_not_returned_under_a_model_call(budgets: BudgetWorld) -> None:
    """While a reservation is open the rest is needed to settle it."""
    scope = tenant_of(budgets, 100_000)
    execution = budgets.execution(scope.tenant)
    assert isinstance(reserve(budgets.stores, execution, "r1", CALL, step=1), Execution)
    budgets.leases.release(budgets.fresh(execution))
    assert budgets.state(scope).leased.tokens == 6_250
    settle(budgets.stores, execution.execution_id, "r1", SPENT)
    assert closed(budgets, execution).spend.tokens == budgets.state(scope).spent.tokens == 400


def test_a_call_that_straddles_midnight_is_paid_by_the_day_it_began_in(budgets: BudgetWorld) -> None:
    """Its lease was the old day's, so the new day gets nothing back that it never gave."""
    tenant = uuid.uuid4().hex
    agent = Scope(tenant, "agent", "worker")
    budgets.stores.budgets.limit(agent, budgets.period(agent), tokens=1_600, microusd=None)
    execution = budgets.execution(tenant)
    assert isinstance(reserve(budgets.stores, execution, "r1", CALL, step=1), Execution)
    try:
        budgets.clock.at = NOON + 86_400
        assert isinstance(reserve(budgets.stores, budgets.fresh(execution), "r2", CALL, step=2), Execution)
        settle(budgets.stores, execution.execution_id, "r1", Amount(1, 0))
        slot = budgets.stores.lease_slots.read(execution.execution_id, "agent")
        assert (slot.tokens, slot.taken_tokens) == (0, 1_000)
        settle(budgets.stores, execution.execution_id, "r2", SPENT)
        closed(budgets, execution)
        assert (budgets.state(agent).spent.tokens, budgets.state(agent).available.tokens) == (400, 1_200)
    finally:
        budgets.clock.at = NOON


def test_a_limit_below_what_is_spent_stops_leasing_and_a_higher_one_lets_go_on(budgets: BudgetWorld) -> None:
    """Lowering is a brake, not an error; raising adds the difference."""
    scope = tenant_of(budgets, 100_000)
    execution = budgets.execution(scope.tenant)
    one_call(budgets, execution)
    closed(budgets, execution)
    budgets.stores.budgets.limit(scope, budgets.period(scope), tokens=100, microusd=None)
    assert one_call(budgets, execution) == Refusal("tokens", f"tenant:{scope.name}")
    budgets.stores.budgets.limit(scope, budgets.period(scope), tokens=1_400, microusd=None)
    assert one_call(budgets, execution) is None
    closed(budgets, execution)
    assert (budgets.state(scope).spent.tokens, budgets.state(scope).available.tokens) == (800, 600)


def test_each_threshold_is_told_once_per_period(budgets: BudgetWorld) -> None:
    """Journalled by the execution that crossed it; giving back and crossing again is not told again."""
    scope = tenant_of(budgets, 10_000)
    execution = budgets.execution(scope.tenant)
    for _ in range(3):
        for _ in range(6):
            one_call(budgets, execution)
        closed(budgets, execution)
    records = [record.body for record in budgets.stores.journal.of_execution(execution.execution_id)]
    told = [(body["scope"], body["percent"]) for body in records if body.get("scope") == f"tenant:{scope.name}"]
    assert told == [(f"tenant:{scope.name}", 50)]
    assert budgets.state(scope).spent.tokens == 7_200


def test_an_executions_own_thresholds_are_told_once_each(budgets: BudgetWorld) -> None:
    """50, 80 and 100 percent of its own tokens, one record each."""
    execution = budgets.execution(uuid.uuid4().hex, tokens=2_000)
    for spent in (900, 200, 500, 100, 300):
        held = reserve(budgets.stores, budgets.fresh(execution), f"r{spent}", Amount(spent, 0), step=1)
        assert isinstance(held, Execution)
        settle(budgets.stores, execution.execution_id, f"r{spent}", Amount(spent, 0))
        settle(budgets.stores, execution.execution_id, f"r{spent}", Amount(spent, 0))
    records = list(budgets.stores.journal.of_execution(execution.execution_id))
    assert [(r.kind, r.body["percent"], r.body["used_percent"]) for r in records] == [
        ("budget_notice", 50, 55.0),
        ("budget_notice", 80, 80.0),
        ("budget_notice", 100, 100.0),
    ]
