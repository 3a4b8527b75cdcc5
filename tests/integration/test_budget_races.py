"""Caps under race: many threads and executions, crashes in between, and a naive version that fails the same test."""

import random
import threading
import uuid

from tollgate.budget.amount import Amount
from tollgate.budget.reservation import Refusal, reserve, settle
from tollgate.errors import ConflictError
from tollgate.store.dynamodb import Table

from tests.integration.budget_world import BudgetWorld, budgets, race

__all__ = ["budgets"]

CALL = Amount(1_000, 0)


def spend(world: BudgetWorld, execution_id: str, number: int, calls: int) -> int:
    """Some calls of differing sizes, every third crashed before it settled; how many tokens were used."""
    chance, used = random.Random(number), 0
    for index in range(calls):
        reservation = f"r{number}-{index}"
        current = world.stores.executions.get(execution_id)
        try:
            if isinstance(reserve(world.stores, current, reservation, CALL, step=index), Refusal):
                break
        except ConflictError:
            continue
        actual = chance.randint(1, CALL.tokens)
        crashed = index % 3 == 2
        used += CALL.tokens if crashed else actual  # a lost call counts in full
        if not crashed:
            settle(world.stores, execution_id, reservation, Amount(actual, 0))
    return used


def test_fifty_threads_on_one_cap_never_pass_it(budgets: BudgetWorld) -> None:
    """What was used, lost calls at their reservation, is at most the cap, and the books say exactly that."""
    execution = budgets.execution(uuid.uuid4().hex, tokens=30_000)
    used = sum(race(50, lambda number: spend(budgets, execution.execution_id, number, 2)))
    for reservation in budgets.stores.executions.reservations.open(execution.execution_id):
        settle(budgets.stores, execution.execution_id, reservation, None)
    books = budgets.fresh(execution).spend
    assert used == books.tokens <= 30_000
    assert books.tokens > 28_000
    assert books.reserved_tokens == 0


def test_fifty_executions_on_one_tenants_cap_never_pass_it_and_strand_nothing(budgets: BudgetWorld) -> None:
    """Leases in chunks, crashes before settling; after the ends the tenant's spend is the sum and nothing is leased."""
    scope = budgets.tenant(uuid.uuid4().hex, tokens=40_000)
    executions = [budgets.execution(scope.tenant) for _ in range(50)]
    used = race(50, lambda number: spend(budgets, executions[number].execution_id, number, 2))
    state = budgets.state(scope)
    assert sum(used) <= state.leased.tokens <= 40_000
    race(50, lambda number: _end(budgets, executions[number].execution_id))
    state = budgets.state(scope)
    assert state.spent.tokens == sum(used) <= 40_000
    assert (state.leased.tokens, dict(state.open)) == (0, {})
    assert state.spent.tokens > 10_000


def test_control_reading_before_writing_passes_the_cap(budgets: BudgetWorld) -> None:
    """The same race on a read followed by a write overspends: the conditional write is what holds the cap."""
    table = Table("gate-budgets")
    table.put({"scope": "naive", "available": 30_000})
    looked = threading.Barrier(50)

    def naive(_: int) -> int:
        used = 0
        for round_ in range(3):
            available = (table.get({"scope": "naive"}) or {})["available"]
            if round_ == 0:
                looked.wait(60)
            if available < CALL.tokens:
                break
            table.update({"scope": "naive"}, "SET available = :left", {":left": available - CALL.tokens})
            used += CALL.tokens
        return used

    assert sum(race(50, naive)) > 30_000


def _end(world: BudgetWorld, execution_id: str) -> None:
    for reservation in world.stores.executions.reservations.open(execution_id):
        settle(world.stores, execution_id, reservation, None)
    world.leases.release(world.stores.executions.get(execution_id))
