"""`kill -9` of a function's process wherever it is: what was journalled is not paid again, no effect happens twice.

Counted on the wire, at the model's endpoint and in the tools, and not in the product's own books.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workflow.running import Run, World
from tests.workflow.script import Order, answer, call, propose
from tests.workflow.writes import Writes

RUNS = 6
SECONDS = 90.0
TURNS = [propose(call("fetch_item"), call("write_keyed")), propose(call("write_gated")), answer()]


@pytest.fixture(scope="module")
def writes(world: World) -> Iterator[Writes]:
    """Between the functions and their AWS, for this file."""
    server = world.stack._aws._server
    before = server.app  # type: ignore[union-attr]
    yield Writes(world.stack)
    server.app = before  # type: ignore[union-attr]


def cut_everywhere(writes: Writes, tasks: set[str], through: Callable[[Iterable[str]], Run]) -> list[Run]:
    """Runs that together lost a process before every write that these tasks, and all tools, do in a calm run."""
    calm = through(())
    every = [write for write in dict.fromkeys(writes.seen[calm.execution_id]) if _task(write) in tasks]
    assert {_task(write) for write in every} == tasks
    with ThreadPoolExecutor(RUNS) as pool:
        runs = list(pool.map(lambda first: through(every[first::RUNS]), range(RUNS)))
        # A run that loses much time goes another way, past a question's first half: what it missed is cut alone.
        missed = set(every) - _killed(writes, runs)
        runs += pool.map(lambda write: through([write]), missed)
    assert _killed(writes, runs) >= set(every)
    return runs


def _killed(writes: Writes, runs: list[Run]) -> set[str]:
    return {write for run in runs for write in writes.killed[run.execution_id]}


def _task(write: str) -> str:
    """`reason` or, for every tool, `tool`."""
    function = write.partition(":")[0]
    return function.partition("-task-")[2] or "tool"


def lost_answers(writes: Writes, run: Run) -> int:
    """How many model responses arrived and died with their process before they were journalled."""
    return sum("#10#model" in write for write in writes.killed[run.execution_id])


def test_process_killed_at_every_write_changes_nothing_that_matters(world: World, writes: Writes) -> None:
    """For every write of every task and tool: the run completes, each effect happens under one key, each bill once."""

    def through(doomed: Iterable[str]) -> Run:
        script = world.script(list(TURNS))
        writes.watch(script.name, doomed)
        run = world.start(script)
        (approval,) = run.asked()
        assert run.decide(approval, "approve").status == 200
        run.ended(SECONDS)
        return run

    tasks = {"admit-request", "reason", "screen-proposal", "request-approval", "conclude-execution", "tool"}
    runs = cut_everywhere(writes, tasks, through)
    for run in runs:
        _check(run, lost=lost_answers(writes, run))


def test_process_killed_on_the_way_to_a_limit_ends_there_all_the_same(world: World, writes: Writes) -> None:
    """The same for a question that is escalated and expires, and for the end at a limit with its summary."""

    def through(doomed: Iterable[str]) -> Run:
        script = world.script([propose(call("write_gated"), call("fetch_nothing")), answer("no"), answer("no")])
        writes.watch(script.name, doomed)
        run = world.start(script, agent="escalating")
        run.ended(SECONDS)
        return run

    runs = cut_everywhere(writes, {"escalate-approval", "wind-down", "conclude-execution"}, through)
    for run in runs:
        view = run.view()
        assert (view["status"], view["outcome"], view["reason"]) == ("FAILED", "limit_reached", "answer"), view
        assert "output schema twice" in view["summary"]
        assert run.script.started == []
        assert sum(run.script.per_step.values()) == 3 + lost_answers(writes, run)
        item = run.world.item("executions", "execution_id", run.execution_id)
        assert (item["approvals_asked"], item["tool_failures"]) == ("1", "0")


def test_process_killed_in_a_model_call_pays_for_it_once_in_full(world: World) -> None:
    """Nobody knows whether the provider billed the call that died: it settles at its reservation, then one more."""
    hold = threading.Event()
    run = world.run([[answer(hold=hold), answer()]])
    run.until(lambda run: run.script.requests, "the model is asked")
    reserved = run.view()["spend"]["reserved_tokens"]
    assert world.kill_function("task-reason") >= 1
    view = run.completed()
    hold.set()
    assert run.script.per_step == {1: 2}
    assert (view["spend"]["tokens"], view["spend"]["reserved_tokens"]) == (reserved + 120, 0)


def test_process_killed_in_an_effect_repeats_it_under_the_same_key(world: World) -> None:
    """`keyed`: the provider sees the same key, so that it can tell; the model reads the second start's result."""
    hold = threading.Event()
    orders = [Order(value="first", hold=hold), Order(value="second")]
    run = world.run([propose(call("write_keyed")), answer()], write_keyed=orders)
    run.until(lambda run: run.script.started, "the effect is under way")
    world.kill(run.script.started[0].process_id)
    run.completed()
    hold.set()
    assert [start.attempt for start in run.script.started] == [1, 2]
    assert len({start.key for start in run.script.started}) == 1
    assert "second" in run.script.told(2)


def _check(run: Run, *, lost: int) -> None:
    """The books and the wire agree, whatever was cut."""
    view = run.view()
    assert (view["status"], view["outcome"]) == ("SUCCEEDED", "completed"), view
    assert sum(run.script.per_step.values()) == len(TURNS) + lost, run.script.per_step
    for tool in ("write_keyed", "write_gated"):
        assert len({start.key for start in run.script.starts(tool)}) == 1, run.script.starts(tool)
    spend = view["spend"]
    assert spend["reserved_tokens"] == 0
    assert spend["tokens"] > 360 if lost else spend["tokens"] == 360, spend
    item = run.world.item("executions", "execution_id", run.execution_id)
    assert (item["approvals_asked"], item["tool_failures"]) == ("1", "0")
    assert len(run.trace("model")) == len(TURNS)
