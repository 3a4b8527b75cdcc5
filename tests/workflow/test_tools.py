"""Tools that fail, flap, hang or are not there, behind the wrapper and the state machine's own retries."""

import pytest

from tests.workflow.running import World
from tests.workflow.script import Order, answer, call, propose
from tests.workflow.slow import SlowRuns


def test_transient_failures_are_retried_and_counted(world: World) -> None:
    """Attempts are counted over the wrapper's retries, under one idempotency key."""
    run = world.run(
        [propose(call("fetch_item")), answer()],
        fetch_item=[Order("transient"), Order("transient"), Order(value="third time")],
    )
    run.completed()
    starts = run.script.starts("fetch_item")
    assert [start.attempt for start in starts] == [1, 2, 3]
    assert len({start.key for start in starts}) == 1
    assert "third time" in run.script.told(2)


def test_used_up_attempts_are_told_with_their_number(world: World) -> None:
    """After the manifest's attempts the model reads the error and how often it was tried."""
    run = world.run([propose(call("fetch_item")), answer()], fetch_item=[Order("transient")])
    run.completed()
    assert len(run.script.started) == 3
    assert '"attempts": 3' in run.script.told(2)
    assert "ToolTransientError" in run.script.told(2)


def test_failing_read_is_answered_by_its_fallback(world: World) -> None:
    """The fallback has an item and a key of its own, and the model reads who answered."""
    run = world.run(
        [propose(call("fetch_fragile")), answer()],
        fetch_fragile=[Order("unavailable")],
        fetch_archive=[Order(value="from the archive")],
    )
    run.completed()
    keys = {start.key for start in run.script.started}
    assert [start.call_id for start in run.script.started] == ["c0", "c0f"]
    assert len(keys) == 2
    assert "from the archive" in run.script.told(2)
    assert "answered by fetch_archive" in run.script.told(2)


def test_slow_tool_times_out_and_the_run_goes_on(world: World) -> None:
    """A call over its manifest's timeout is cut off by its own process, and the model reads it."""
    run = world.run([propose(call("fetch_slow")), answer()], fetch_slow=[Order("hang")])
    run.completed()
    assert "ToolTimeoutError" in run.script.told(2)
    assert len(run.script.started) == 1


def test_tool_failure_reaches_the_model_in_its_own_words(world: World) -> None:
    """Any other exception is a failure that the model reads; it is not retried."""
    run = world.run([propose(call("fetch_item")), answer()], fetch_item=[Order("fail", "no such item")])
    run.completed()
    assert "no such item" in run.script.told(2)
    assert len(run.script.started) == 1


def test_empty_output_is_told_in_words(world: World) -> None:
    """A tool that returns nothing leaves no empty block in the conversation."""
    run = world.run([propose(call("fetch_item")), answer()], fetch_item=[Order(value=None)])
    run.completed()
    assert "fetch_item ran and returned nothing" in run.script.told(2)


@pytest.mark.parametrize("tool", ["fetch_item", "write_idempotent", "write_keyed"])
def test_exiting_tool_is_started_again_by_the_machine(world: World, tool: str) -> None:
    """A process that dies in its handler is retried where the manifest allows it, under the same key."""
    script = world.script([propose(call(tool)), answer()], **{tool: [Order("exit"), Order(value="second")]})
    run = world.start(script)
    run.completed()
    starts = run.script.starts(tool)
    assert [start.attempt for start in starts] == [1, 2]
    assert len({start.key for start in starts}) == 1
    assert "second" in run.script.told(2)


def test_dead_attempt_is_verified_before_it_is_repeated(slow_runs: SlowRuns) -> None:
    """`verify` says done: its result is the call's. It says None: the call runs. Both wait out the dead attempt."""
    done, undone = slow_runs.verified_as_done, slow_runs.verified_as_undone
    done.completed(60)
    undone.completed(60)
    assert (len(done.script.starts("write_verified")), len(undone.script.starts("write_verified"))) == (1, 2)
    assert "found it done" in done.script.told(2)
    assert "now done" in undone.script.told(2)


def test_half_done_call_that_may_not_repeat_asks_a_person(world: World) -> None:
    """`never`: a new approval opens, the execution stays RUNNING, and only a person's word runs it again."""
    run = world.run([propose(call("write_once")), answer()], write_once=[Order("exit"), Order(value="second")])
    (approval,) = run.asked()
    assert run.view()["status"] == "RUNNING"
    assert len(run.script.started) == 1
    assert "unfinished_effect" in [reason["rule"] for reason in approval["reasons"]]
    run.decide(approval, "approve")
    run.completed()
    assert [start.attempt for start in run.script.started] == [1, 2]


def test_half_done_call_that_a_person_refuses_is_not_repeated(world: World) -> None:
    """`never`, rejected: one start, and nobody reads that the effect did not happen."""
    run = world.run([propose(call("write_once")), answer()], write_once=[Order("exit")])
    (approval,) = run.asked()
    run.decide(approval, "reject", reason="it is booked already")
    run.completed()
    assert len(run.script.started) == 1
    assert "it is booked already" in run.script.told(2)
    assert "its effect may have happened: say in your answer that somebody has to look" in run.script.told(2)
    (result,) = run.trace("result")
    assert (result["body"]["error"], result["body"]["unknown"]) == ("rejected_by_person", True)


def test_run_that_is_stopped_over_a_half_done_call_does_not_call_it_undone(world: World) -> None:
    """Whoever finds the run later reads what may have happened."""
    run = world.run([propose(call("write_once")), answer()], write_once=[Order("exit")])
    run.asked()
    assert run.act("stop").status == 202
    assert "May have happened, look before anybody repeats it: write_once" in run.ended()["summary"]


def test_fallback_that_was_cut_off_half_way_is_told_as_unknown(world: World) -> None:
    """A fallback has no question of its own: it runs once, and model and person read that nobody knows."""
    turns = [propose(call("write_backed")), answer()]
    run = world.run(turns, write_backed=[Order("unavailable")], write_once=[Order("exit"), Order(value="twice")])
    run.completed()
    assert len(run.script.starts("write_once")) == 1
    told = run.script.told(2)
    assert "write_once was started and never finished" in told
    assert "whether its effect happened is unknown: do not call it again" in told
    assert "write_backed failed, and this is what became of its fallback write_once" in told
    (result,) = run.trace("result")
    assert (result["body"]["by"], result["body"]["ok"], result["body"]["unknown"]) == ("write_once", False, True)
    assert run.trace("approval_requested") == []
