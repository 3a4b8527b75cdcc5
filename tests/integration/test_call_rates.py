"""A tool's rate under race, retries and time: never more calls in any stretch, and one place for one call."""

import threading
import uuid
from typing import Any

import pytest
from tollgate.errors import ConflictError
from tollgate.models.call_limits import Rate
from tollgate.models.principal import Principal
from tollgate.store.call_rates import CallRates, Places, Rated
from tollgate.store.dynamodb import Table

from tests.integration.budget_world import BudgetWorld, budgets, race

__all__ = ["budgets"]

ANA = Principal(id="ana", tenant="acme", kind="person")


def called(call: str, tool: str, *, calls: int = 3, seconds: int = 60, by: Principal = ANA, agent: str = "a") -> Rated:
    return Rated(agent, tool, by, call, Rate(calls=calls, per_seconds=seconds))


@pytest.fixture
def tool() -> str:
    """A tool that no other test counts."""
    return uuid.uuid4().hex


@pytest.fixture
def rates(budgets: BudgetWorld) -> CallRates:
    return budgets.stores.call_rates


def test_places_run_out_and_come_back_one_by_one(rates: CallRates, tool: str) -> None:
    """The stretch slides: a place is free again exactly so many seconds after it was taken."""
    taken = [rates.take(called(f"c{n}", tool), 100.0 + 10 * n).held for n in range(4)]
    assert taken == [True, True, True, False]
    assert not rates.take(called("c3", tool), 159.999).held
    assert rates.take(called("c3", tool), 160.0) == Places(2, held=True)
    assert not rates.take(called("c4", tool), 160.0).held
    assert rates.take(called("c4", tool), 170.0).held


def test_a_call_has_one_place_however_often_it_is_taken(rates: CallRates, tool: str) -> None:
    """A retry, a redrive and a zombie find the first one; it does not count against itself."""
    for now in (0.0, 1.0, 59.0):
        assert rates.take(called("c0", tool), now) == Places(0, held=True)
    assert rates.places(called("c0", tool), 59.0) == Places(0, held=True)
    assert rates.places(called("c1", tool), 59.0) == Places(1, held=False)
    assert rates.places(called("c1", tool), 60.0) == Places(0, held=False)


def test_a_redrive_after_the_stretch_takes_a_place_of_now(rates: CallRates, tool: str) -> None:
    """The first one is over; a call that starts today counts today."""
    rates.take(called("c0", tool, calls=1), 0.0)
    assert rates.take(called("c0", tool, calls=1), 75.0).held
    assert not rates.take(called("c1", tool, calls=1), 120.0).held


@pytest.mark.parametrize(
    "other",
    [
        {"by": Principal(id="ben", tenant="acme", kind="person")},
        {"by": Principal(id="ana", tenant="globex", kind="person")},
        {"agent": "b"},
    ],
)
def test_others_have_places_of_their_own(rates: CallRates, tool: str, other: dict[str, Any]) -> None:
    """By agent, tool, tenant and principal; no name can be written so that it reads as another's."""
    assert rates.take(called("c0", tool, calls=1), 0.0).held
    assert rates.take(called("c1", tool, calls=1, **other), 0.0).held
    assert not rates.take(called("c2", tool, calls=1), 0.0).held


def test_names_that_run_together_stay_apart(rates: CallRates, tool: str) -> None:
    """`a` of tenant `b#c` is not `c#a` of tenant `b`."""
    one, two = Principal(id="a", tenant="b#c", kind="person"), Principal(id="c#a", tenant="b", kind="person")
    assert called("x", tool, by=one).key != called("x", tool, by=two).key


def test_fifty_threads_take_no_more_places_than_there_are(rates: CallRates, tool: str) -> None:
    """All at once, each its own call: exactly as many as the rate says."""
    held = race(50, lambda n: rates.take(called(f"c{n}", tool, calls=20), 0.0).held)
    assert sum(held) == 20


def test_fifty_threads_for_one_call_take_one_place(rates: CallRates, tool: str) -> None:
    """Zombies of one screening."""
    assert all(race(20, lambda n: rates.take(called("c0", tool, calls=2), 0.0).held))
    assert rates.places(called("c1", tool, calls=2), 0.0) == Places(1, held=False)


def test_threads_that_sweep_at_once_take_no_more_places_than_there_are(rates: CallRates, tool: str) -> None:
    """The item is full of what is over: whoever sweeps first, nobody's fresh place is swept out."""
    for n in range(10):
        rates.take(called(f"old{n}", tool, calls=10), float(n % 2))

    def take(n: int) -> bool:
        try:
            return rates.take(called(f"new{n}", tool, calls=10), 60.5).held
        except ConflictError:  # too many lost races refuse, they never let through
            return False

    held = race(30, take)
    assert 1 <= sum(held) <= 5  # five of the old ones still count
    assert rates.places(called("later", tool, calls=10), 60.5).others == 5 + sum(held)


def test_a_naive_count_lets_too_many_through(rates: CallRates, tool: str) -> None:
    """The same race on a look followed by an unconditional write: what holds the rate is the condition."""
    table, looked = rates._table, threading.Barrier(50)

    def naive(n: int) -> bool:
        rated = called(f"c{n}", tool, calls=5)
        seen = rates._seen(rated)
        looked.wait(60)
        if len(seen.entries) >= 5:
            return False
        table.put({**rated.key, "calls": {**seen.entries, rated.entry: 0.0}, "sweeps": 1})
        return True

    assert sum(race(50, naive)) > 5


def test_lost_races_end_in_a_conflict(rates: CallRates, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never in a place."""

    def lose(*_: Any, **__: Any) -> None:
        raise ConflictError("lost")

    monkeypatch.setattr(Table, "update", lose)
    with pytest.raises(ConflictError):
        rates.take(called("c0", tool), 0.0)


def test_the_item_expires_after_its_last_place(rates: CallRates, tool: str) -> None:
    """The table forgets a requester who does not come back."""
    rated = called("c0", tool, seconds=3600)
    rates.take(rated, 1000.0)
    item = rates._table.get(rated.key)
    assert item is not None
    assert item["expires_at"] >= 1000 + 3600
    assert {"tenant", "status", "created_key"}.isdisjoint(item)
