"""`kill -9` of a function's process wherever it is: what was journalled is not paid again, no effect happens twice.

Counted on the wire, at the model's endpoint and in the tools, and not in the product's own books.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workflow.running import Run, World
from tests.workflow.script import answer, call, propose
from tests.workflow.writes import Writes

RUNS = 8
SECONDS = 90.0
TASKS = {"admit-request", "reason", "screen-proposal", "request-approval", "conclude-execution"}
TURNS = [propose(call("fetch_item"), call("write_keyed")), propose(call("write_gated")), answer()]


@pytest.fixture(scope="module")
def writes(world: World) -> Iterator[Writes]:
    """Between the functions and their AWS, for this file."""
    server = world.stack._aws._server
    before = server.app  # type: ignore[union-attr]
    yield Writes(world.stack)
    server.app = before  # type: ignore[union-attr]


def through(world: World, writes: Writes, doomed: Iterable[str] = ()) -> Run:
    """A run over every task in which nothing fails but the processes that are about to do these writes."""
    script = world.script(list(TURNS))
    writes.watch(script.name, doomed)
    run = world.start(script)
    (approval,) = run.asked()
    assert run.decide(approval, "approve").status == 200
    run.ended(SECONDS)
    return run


def test_process_killed_at_every_write_changes_nothing_that_matters(world: World, writes: Writes) -> None:
    """For every write of every task and tool: the run completes, each effect happens under one key, each bill once."""
    calm = through(world, writes)
    calm.completed()
    every = [write for write in dict.fromkeys(writes.seen[calm.execution_id]) if "settle-execution" not in write]
    functions = {write.partition(":")[0].partition("-task-")[2] for write in every}
    assert functions >= TASKS
    with ThreadPoolExecutor(RUNS) as pool:
        runs = list(pool.map(lambda first: through(world, writes, every[first::RUNS]), range(RUNS)))
    assert {write for run in runs for write in writes.killed[run.execution_id]} == set(every)
    for run in runs:
        _check(run, lost=sum("#10#model" in write for write in writes.killed[run.execution_id]))


def _check(run: Run, *, lost: int) -> None:
    """`lost` is how many model responses arrived and died with their process before they were journalled."""
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
