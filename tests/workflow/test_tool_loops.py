"""Runs that go round in circles or fail on and on: told, refused, ended by name, on the whole stack."""

from typing import Any

import pytest

from tests.workflow.running import World
from tests.workflow.script import Order, answer, call, propose

READ = propose(call("fetch_item", item="a"))
NOTHING_NEW = "the same call had the same result in step 1"


def test_loop_is_told_then_refused_then_ended(world: World) -> None:
    """The repeat is served with a note, the next one is refused with the reason, the one after ends the run."""
    run = world.run([READ, READ, READ, READ, answer()])
    view = run.ended()
    assert (view["outcome"], view["reason"]) == ("limit_reached", "loop")
    assert len(run.script.starts("fetch_item")) == 2
    assert NOTHING_NEW not in run.script.told(2)
    assert NOTHING_NEW in run.script.told(3)
    assert "If you call it once more, the execution ends" in run.script.told(4)
    assert "the same calls came round" in view["summary"]


def test_model_that_heeds_the_refusal_completes(world: World) -> None:
    """A refused repeat does no harm to a run that then does something else."""
    run = world.run([READ, READ, READ, propose(call("fetch_item", item="b")), READ, answer()])
    run.completed()
    assert [start.arguments["item"] for start in run.script.started] == ["a", "a", "b", "a"]


def test_cycle_of_calls_is_ended(world: World) -> None:
    """Two calls in turn, again and again, are a loop as one call is."""
    other = propose(call("fetch_item", item="b"))
    run = world.run([READ, other, READ, other, READ, other, answer()])
    assert run.ended()["reason"] == "loop"
    assert len(run.script.started) == 4


@pytest.mark.parametrize("wrong", [call("fetch_nothing", item="a"), call("fetch_item", item=5)])
def test_refused_call_that_is_sent_unchanged_is_ended(world: World, wrong: Any) -> None:
    """An unknown tool and a wrong argument go round as a served call does: told, told once more, and over."""
    run = world.run([propose(wrong)] * 4 + [answer()])
    assert run.ended()["reason"] == "loop"
    assert "If you call it once more, the execution ends" in run.script.told(4)


def test_unknown_tools_count_as_failed_calls(world: World) -> None:
    """A model that makes tools up, turn after turn, meets `tool_failures` though its other calls succeed."""
    turns = [propose(call(f"fetch_{n}"), call("fetch_item", item=f"{n}")) for n in range(4)]
    run = world.run([*turns, answer()], agent="few_failures")
    view = run.ended()
    assert (view["reason"], len(run.script.starts("fetch_item"))) == ("tool_failures", 2)


def test_reads_after_progress_are_served_and_noted(world: World) -> None:
    """Reading again after something new is what careful agents do."""
    others = [propose(call("fetch_item", item=item)) for item in ("b", "c", "d")]
    run = world.run([READ, others[0], READ, others[1], READ, others[2], READ, answer()])
    run.completed()
    assert len(run.script.started) == 7
    assert NOTHING_NEW in run.script.told(8)


def test_redriven_loop_gets_one_more_chance(world: World) -> None:
    """A person who redrives lets the call run once more; the circle is then told and refused anew."""
    run = world.run([READ, READ, READ, READ, answer()])
    assert run.ended()["reason"] == "loop"
    assert run.act("redrive").status == 202
    run.completed()
    assert len(run.script.started) == 3


def test_failing_call_in_ever_new_forms_ends_as_a_cascade(world: World) -> None:
    """Five turns without a success, each with other arguments: the sixth proposal is not tried, and all are named."""
    turns = [propose(call("fetch_item", item=f"try {number}")) for number in range(6)]
    run = world.run([*turns, answer()], agent="worker", fetch_item=[Order("fail", "no such item")])
    view = run.ended()
    assert (view["outcome"], view["reason"]) == ("limit_reached", "cascade")
    assert len(run.script.started) == 5
    assert 'The chain: step 1 fetch_item {"item": "try 0"' in view["summary"]
    assert "step 5 fetch_item" in view["summary"]
