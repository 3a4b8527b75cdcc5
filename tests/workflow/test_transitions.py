"""What each kind of turn costs on AWS, counted from the execution's history as AWS bills it."""

import pytest

from benchmarks.billing import Count, count, turns
from tests.workflow.running import Run, World
from tests.workflow.script import Order, answer, call, propose


def billed(run: Run) -> list[Count]:
    """The count of each turn."""
    return [count(turn) for turn in turns(run.events())]


def test_call_that_runs_unasked_bills_five_transitions_and_the_answer_four(world: World) -> None:
    """Reason, screen, route, Map, call: 23 history events of the 25,000; then Reason, screen, route, conclude."""
    run = world.run([propose(call("fetch_item")), answer()])
    run.completed()
    turn, last = billed(run)
    assert (turn, last.transitions) == (Count(transitions=5, events=23), 4)


def test_waived_write_bills_no_more_than_a_read(world: World) -> None:
    """A waiver saves the gate's four transitions."""
    run = world.run([propose(call("write_keyed")), answer()])
    run.completed()
    assert billed(run)[0] == Count(transitions=5, events=23)


def test_three_parallel_reads_bill_seven_transitions(world: World) -> None:
    """Each further call of a turn is one transition."""
    run = world.run([propose(*[call("fetch_item", item=item) for item in "abc"]), answer()])
    run.completed()
    assert billed(run)[0].transitions == 7


def test_turn_of_refused_calls_bills_three_transitions(world: World) -> None:
    """Refused calls never reach the Map."""
    run = world.run([propose(call("fetch_nothing"), call("fetch_nobody")), answer()])
    run.completed()
    assert billed(run)[0].transitions == 3


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_gated_write_bills_nine_transitions_if_approved_and_seven_if_rejected(world: World, decision: str) -> None:
    """The gate is a Map and a task; what was decided is screened again, and only an approved call runs."""
    run = world.run([propose(call("write_gated")), answer()])
    (approval,) = run.asked()
    assert run.decide(approval, decision).status == 200
    run.completed()
    assert billed(run)[0].transitions == {"approve": 9, "reject": 7}[decision]


def test_each_retry_of_a_task_bills_one_more_transition(world: World) -> None:
    """A process that dies is tried again by the state machine, and AWS bills the second attempt."""
    run = world.run([propose(call("fetch_item")), answer()], fetch_item=[Order("exit"), Order()])
    run.completed()
    assert len(run.script.starts("fetch_item")) == 2
    assert billed(run)[0].transitions == 6
