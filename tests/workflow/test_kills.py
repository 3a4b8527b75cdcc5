"""`kill -9` of a function's process wherever it is: what was journalled is not paid again, no effect happens twice.

Counted on the wire, at the model's endpoint and in the tools, and not in the product's own books.
"""

import re
import threading
from contextlib import closing

import pytest

from local.stack import ROOT
from tests.workflow.crash_matrix import MOMENTS, Row, rows_of, table, written
from tests.workflow.crash_scenarios import SCENARIOS
from tests.workflow.running import World
from tests.workflow.script import Order, answer, call, propose
from tests.workflow.write_sites import sites
from tests.workflow.writes import Writes

RECORD = ROOT / ".build" / "crash-matrix.md"


@pytest.fixture(scope="module")
def rows(world: World) -> list[Row]:
    """The whole matrix, made once; its table is kept beside the other things that are built."""
    with closing(Writes(world.stack)) as writes:
        found: list[Row] = []
        for scenario in SCENARIOS:
            found += rows_of(scenario, world, writes, but=written(found))
    RECORD.write_text(table(found) + "\n")
    return found


@pytest.mark.matrix
def test_matrix_has_every_task_of_the_machine_both_ways(rows: list[Row]) -> None:
    """Each task of the ASL, the one that settles outside it, and the tools, killed before and after a write."""
    asl = (ROOT / "statemachines" / "agent.asl.json").read_text()
    tasks = {_dashed(name) for name in re.findall(r"\$\{(\w+)FunctionArn\}", asl)} | {"settle-execution", "tool"}
    assert len(tasks) > 8
    for moment in MOMENTS:
        assert {row.cut.write.task for row in rows if row.cut.moment == moment} == tasks


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@pytest.mark.matrix
def test_matrix_has_every_write_that_the_stores_can_make(rows: list[Row]) -> None:
    """A write of the product without a row here has not been shown to survive a crash: add it to a scenario."""
    texts = [write.what for write in written(rows)]
    assert [str(site) for site in sites() if not any(site.makes(text) for text in texts)] == []


@pytest.mark.matrix
def test_killed_task_never_pays_for_a_journalled_answer_again(rows: list[Row]) -> None:
    """Only a process that had the answer and did not come to write it costs one call more."""
    assert [row for row in rows if row.paid_twice != 0] == []
    assert any(row.asked_again for row in rows)


@pytest.mark.matrix
def test_killed_task_repeats_no_effect(rows: list[Row]) -> None:
    """Each cleared call has one key at its provider, whatever was killed."""
    assert [row for row in rows if row.effects_twice != 0] == []


@pytest.mark.matrix
def test_killed_task_leaves_the_end_and_the_books_as_they_should_be(rows: list[Row]) -> None:
    """Every run reaches the end that it has in calm, with the same books."""
    assert [row for row in rows if not (row.ended and row.books_agree)] == []


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
