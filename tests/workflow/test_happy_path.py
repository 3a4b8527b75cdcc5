"""Executions in which nothing goes wrong, on the real state machine and processes."""

from tests.workflow.running import World
from tests.workflow.script import answer, call, propose


def test_parallel_reads_then_answer_completes(world: World) -> None:
    """Three reads of one turn run side by side, the model reads all results, and its answer is the output."""
    run = world.run(
        [propose(call("fetch_item", item="a"), call("fetch_item", item="b"), call("fetch_item", item="c")), answer()]
    )
    view = run.completed()
    assert view["output"] == {"status": "done"}
    assert sorted(start.arguments["item"] for start in run.script.starts("fetch_item")) == ["a", "b", "c"]
    assert run.script.told(2).count("done") == 3
    assert run.script.per_step == {1: 1, 2: 1}
    assert (view["spend"]["tokens"], view["spend"]["reserved_tokens"], view["step"]) == (240, 0, 2)
