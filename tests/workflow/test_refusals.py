"""What the model proposes wrongly is told to it in the next turn, and the execution goes on."""

import pytest

from tests.workflow.running import World
from tests.workflow.script import Turn, answer, call, propose


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (propose(call("fetch_itme", item="a")), ["fetch_itme", "Did you mean `fetch_item`?", "write_gated"]),
        (propose(call("fetch_item", {"item": 7, "extra": 1})), ["item", "extra", "hook"]),
        (propose(call("fetch_item", "not an object")), ["not an object"]),
        (propose(call("fetch_item", [1, 2])), ["not an object"]),
    ],
    ids=["unknown tool", "bad arguments", "text for arguments", "list for arguments"],
)
def test_wrong_call_is_told_and_the_run_goes_on(world: World, turn: Turn, told: list[str]) -> None:
    """The reason reaches the model word for word, nothing runs, and the next turn counts."""
    run = world.run([turn, answer()])
    run.completed()
    for part in told:
        assert part in run.script.told(2)
    assert run.script.started == []
    assert "RunToolCalls" not in run.entered()


def test_too_many_calls_run_up_to_the_limit(world: World) -> None:
    """Of six calls with a limit of four, four run and two come back with the reason."""
    run = world.run([propose(*(call("fetch_item", item=str(number)) for number in range(6))), answer()])
    run.completed()
    assert sorted(start.arguments["item"] for start in run.script.started) == ["0", "1", "2", "3"]
    assert run.script.told(2).count("Only the first 4 calls of a turn are run") == 2


def test_duplicate_ids_in_a_turn_run_once(world: World) -> None:
    """The second call of one toolUseId gets an error result; the provider's next request has unique ids."""
    twice = (call("fetch_item", item="a", id="same"), call("fetch_item", item="b", id="same"))
    run = world.run([propose(*twice), answer()])
    run.completed()
    assert [start.arguments["item"] for start in run.script.started] == ["a"]
    assert "used twice in this turn" in run.script.told(2)


def test_turn_cut_off_at_max_tokens_runs_nothing(world: World) -> None:
    """No call of a turn that was cut off runs, not even one that looks complete."""
    run = world.run([propose(call("fetch_item", item="a"), stop="max_tokens"), answer()])
    run.completed()
    assert run.script.started == []
    assert "cut off at max_output_tokens" in run.script.told(2)


def test_answer_refused_once_is_mended(world: World) -> None:
    """A first answer that breaks the output schema is told with the violation; the second one counts."""
    run = world.run([answer('{"state": 1}'), answer('```json\n{"status": "mended"}\n```')])
    assert run.completed()["output"] == {"status": "mended"}
    assert "status" in run.script.told(2)
    assert "does not satisfy the output schema" in run.script.told(2)


def test_answer_refused_twice_ends_at_the_limit_answer(world: World) -> None:
    """A second bad answer ends the execution; nobody pays for a third."""
    run = world.run([answer("I am done."), answer("Still done."), answer()])
    view = run.ended()
    assert (view["status"], view["outcome"], view["reason"]) == ("FAILED", "limit_reached", "answer")
    assert "the final answer was refused twice" in view["summary"]
    assert "Your answer is not one JSON value" in view["summary"]
    assert run.script.per_step == {1: 1, 2: 1}


def test_empty_turn_is_told_and_the_run_goes_on(world: World) -> None:
    """A turn without any content is an answer that is not JSON: told once, then mended."""
    run = world.run([Turn([]), answer()])
    run.completed()
    assert "not one JSON value" in run.script.told(2)
