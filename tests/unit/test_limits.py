"""Which limit forbids the next step, at its very edge."""

from typing import Any

import pytest
from tollgate.limits import HISTORY_EVENTS, remaining_seconds, step_limit, time_limit
from tollgate.models.execution import Execution, Limits, Spend
from tollgate.models.principal import Principal

NOW = 1000.0


def execution(**changes: Any) -> Execution:
    """Began at 0, has worked 100 of 200 seconds and has 500 of 1,500 until its deadline."""
    limits = Limits(tokens=10, usd=1, steps=5, active_seconds=200, deadline_seconds=1500, tool_failures=3)
    fields: dict[str, Any] = {
        "execution_id": "e",
        "agent": "a",
        "agent_digest": "d",
        "principal": Principal(id="p", tenant="t", kind="person"),
        "input": {},
        "limits": limits,
        "spend": Spend(active_seconds=60.0),
        "created_at": 0.0,
        "active_since": NOW - 40,
    }
    return Execution(**{**fields, **changes})


def test_nothing_forbids_a_step_with_room() -> None:
    """The last step itself is allowed."""
    assert step_limit(execution(), 5, NOW) is None


@pytest.mark.parametrize(
    ("changes", "step", "limit"),
    [
        ({}, 6, "steps"),
        ({"history_events": HISTORY_EVENTS}, 1, "history"),
        ({"tool_failures": 3}, 1, "tool_failures"),
        ({"stopping": "tokens"}, 6, "tokens"),
        ({"spend": Spend(active_seconds=159.5)}, 1, "active_seconds"),
        ({"created_at": NOW - 1499.5}, 1, "deadline"),
    ],
)
def test_limit_forbids_from_its_edge_on(changes: dict[str, Any], step: int, limit: str) -> None:
    """Each limit by its own name; the one that was met first stays."""
    assert step_limit(execution(**changes), step, NOW) == limit


@pytest.mark.parametrize(
    "changes",
    [
        {"history_events": HISTORY_EVENTS - 1},
        {"tool_failures": 2},
        {"spend": Spend(active_seconds=159.0)},
        {"created_at": NOW - 1499.0},
    ],
)
def test_just_below_its_edge_no_limit_forbids(changes: dict[str, Any]) -> None:
    """One second, one event or one failure of room is room."""
    assert step_limit(execution(**changes), 1, NOW) is None


def test_time_stands_still_for_work_while_a_person_is_asked() -> None:
    """Without a running stretch only what was worked counts; the deadline goes on."""
    waiting = execution(active_since=None)
    assert time_limit(waiting, NOW + 498) is None
    assert time_limit(waiting, NOW + 499.5) == "deadline"


@pytest.mark.parametrize(("now", "left"), [(NOW, 100.0), (NOW + 99, 1.0), (NOW + 5000, 0.0)])
def test_remaining_time_is_the_nearer_end_and_never_negative(now: float, left: float) -> None:
    """Active time is nearer here; past both ends nothing is left."""
    assert remaining_seconds(execution(), now) == left


def test_deadline_that_is_nearer_bounds_a_task() -> None:
    """Much active time does not outlast the deadline."""
    assert remaining_seconds(execution(created_at=NOW - 1490), NOW) == 10.0
