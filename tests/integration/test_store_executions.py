"""The execution's item: every change is one conditional write, and each has an answer to "twice" and "too late"."""

import pytest
from tollgate.errors import NotFoundError
from tollgate.models.execution import Execution

from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]


@pytest.fixture
def journey(tasks: TaskWorld) -> Journey:
    """An execution that has just been admitted."""
    journey = tasks.journey(["unused"])
    tasks.stores.executions.admitted(journey.execution_id, input={"task": "t"}, untrusted=False)
    return journey


def reserve(journey: Journey, name: str, tokens: int = 100) -> bool:
    reservations = journey.world.stores.executions.reservations
    return reservations.hold(journey.execution_id, name, tokens=tokens, microusd=10, step=1) is not None


def settle(journey: Journey, name: str, tokens: int | None) -> None:
    journey.world.stores.executions.reservations.settle(
        journey.execution_id, name, tokens=tokens, microusd=None if tokens is None else 5
    )


def test_reservation_is_held_once_and_comes_back_as_spend(journey: Journey) -> None:
    """The same id twice is one reservation; what was not billed is available again; settling twice bills once."""
    assert reserve(journey, "r1")
    assert reserve(journey, "r1")
    assert journey.execution.spend.reserved_tokens == 100
    settle(journey, "r1", 30)
    settle(journey, "r1", 70)
    spend = journey.execution.spend
    assert (spend.tokens, spend.reserved_tokens) == (30, 0)
    assert reserve(journey, "r2", tokens=150_000 - 30)
    assert not reserve(journey, "r3", tokens=1)


def test_lost_reservation_settles_in_full(journey: Journey) -> None:
    """Nobody knows what the provider billed, so it counts as all of it."""
    reserve(journey, "r1")
    settle(journey, "r1", None)
    assert journey.execution.spend.tokens == 100


def test_bill_above_its_reservation_is_taken_and_nothing_starts_any_more(journey: Journey) -> None:
    """A provider that bills more than was asked for passes the cap by that one call and by no other."""
    reserve(journey, "r1", tokens=149_000)
    settle(journey, "r1", 151_000)
    assert journey.execution.spend.tokens == 151_000
    assert not reserve(journey, "r2", tokens=1)


def test_nothing_is_reserved_for_what_shall_stop_or_is_over(tasks: TaskWorld, journey: Journey) -> None:
    """A zombie of Reason cannot pay for a call after `stop`, nor after the end."""
    tasks.stores.executions.request_stop(journey.execution_id)
    assert not reserve(journey, "r1")
    other = tasks.journey(["unused"])
    tasks.stores.executions.close(other.execution_id, "ABORTED", ended_at=tasks.clock.now())
    assert not reserve(other, "r1")


def test_counters_count_each_cause_once_and_in_order(tasks: TaskWorld, journey: Journey) -> None:
    """A retry adds nothing, and neither does an earlier step that a redrive looks at again."""
    count = tasks.stores.executions.count
    count(journey.execution_id, once="000001#1#000", approvals=1, history_events=10)
    count(journey.execution_id, once="000001#1#000", approvals=1, history_events=10)
    count(journey.execution_id, once="000001#9", tool_failures=2)
    count(journey.execution_id, once="000002#1#000", approvals=1)
    count(journey.execution_id, once="000001#9", tool_failures=2)
    execution = journey.execution
    assert (execution.approvals_asked, execution.tool_failures, execution.history_events) == (2, 2, 10)


def test_active_time_leaves_out_what_a_person_takes(tasks: TaskWorld, journey: Journey) -> None:
    """The clock stands while the execution waits; pausing and resuming twice is harmless."""
    executions, began = tasks.stores.executions, tasks.clock.at
    tasks.clock.at = began + 10
    for _ in range(2):
        executions.pause_clock(journey.execution)
    tasks.clock.at = began + 1000
    assert journey.execution.active_seconds(tasks.clock.now()) == pytest.approx(10)
    for _ in range(2):
        executions.resume_clock(journey.execution_id)
    tasks.clock.at = began + 1005
    assert journey.execution.active_seconds(tasks.clock.now()) == pytest.approx(15)


def test_late_pause_of_another_stretch_takes_nothing(tasks: TaskWorld, journey: Journey) -> None:
    """A task that read the clock before somebody else stopped it does not count the stretch again."""
    stale = journey.execution
    tasks.clock.at += 10
    tasks.stores.executions.pause_clock(stale)
    tasks.stores.executions.resume_clock(journey.execution_id)
    tasks.clock.at += 10
    tasks.stores.executions.pause_clock(stale)
    assert journey.execution.active_seconds(tasks.clock.now()) == pytest.approx(20)
    assert journey.execution.active_since is not None


def test_first_outcome_and_first_limit_stay(tasks: TaskWorld, journey: Journey) -> None:
    """Whoever ends an execution first says why."""
    executions = tasks.stores.executions
    executions.stopping(journey.execution_id, "steps")
    executions.stopping(journey.execution_id, "tokens")
    executions.conclude(journey.execution_id, outcome="limit_reached", reason="steps", summary="first")
    executions.conclude(journey.execution_id, outcome="failed", reason=None, summary="second", output={"x": 1})
    found = journey.execution
    assert (found.stopping, found.outcome, found.summary, found.output) == ("steps", "limit_reached", "first", None)


def ended(tasks: TaskWorld, journey: Journey) -> Execution:
    executions = tasks.stores.executions
    executions.stopping(journey.execution_id, "tool_failures")
    executions.count(journey.execution_id, once="000001#9", tool_failures=6)
    executions.request_stop(journey.execution_id)
    executions.conclude(journey.execution_id, outcome="limit_reached", reason="tool_failures", summary="s")
    executions.close(journey.execution_id, "FAILED", ended_at=tasks.clock.now())
    return journey.execution


def test_redriven_record_is_opened_once_per_redrive(tasks: TaskWorld, journey: Journey) -> None:
    """Limit, end, stop and counters are forgotten at the first look of a redrive, and never after it."""
    assert ended(tasks, journey).status == "FAILED"
    opened = tasks.stores.executions.opened(journey.execution_id, 1)
    assert (opened.status, opened.outcome, opened.stopping, opened.ended_at) == ("RUNNING", None, None, None)
    assert (opened.stop_requested, opened.tool_failures, opened.redrives) == (False, 0, 1)
    ended(tasks, journey)
    tasks.stores.executions.reopen(journey.execution_id, redrives=1)
    late = tasks.stores.executions.opened(journey.execution_id, 1)
    assert (late.status, late.outcome) == ("FAILED", "limit_reached")


def test_step_never_goes_back(tasks: TaskWorld, journey: Journey) -> None:
    """A late retry of an earlier step changes nothing."""
    for step in (1, 2, 1):
        tasks.stores.executions.enter_step(journey.execution_id, step)
    assert journey.execution.step == 2


def test_execution_of_another_tenant_is_unknown(tasks: TaskWorld, journey: Journey) -> None:
    """The two answers cannot be told apart."""
    with pytest.raises(NotFoundError) as theirs:
        tasks.stores.executions.get(journey.execution_id, tenant="south")
    with pytest.raises(NotFoundError) as nobodys:
        tasks.stores.executions.get("exe-none", tenant="south")
    assert str(theirs.value).replace(journey.execution_id, "exe-none") == str(nobodys.value)


def test_raised_limit_moves_what_is_available_by_the_difference(tasks: TaskWorld, journey: Journey) -> None:
    """More tokens let a refused reservation through; what is spent stays spent."""
    reserve(journey, "r1", tokens=150_000)
    settle(journey, "r1", None)
    assert not reserve(journey, "r2")
    raised = journey.execution.limits.model_copy(update={"tokens": 150_100})
    tasks.stores.executions.set_limits(journey.execution, raised)
    assert reserve(journey, "r2")
    assert not reserve(journey, "r3", tokens=1)
