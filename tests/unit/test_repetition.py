"""When a run of calls goes round in circles: told, refused, ended; and when it does not."""

from typing import Any

import pytest
from tollgate.repetition import Repetition, call_key, notes

from tests.unit.turns import did, history

LOOP = did("read", error="loop", ran=False, id=1)


def word(*steps: Any, tool: str = "read", resumed: Any = (), **arguments: Any) -> str:
    past = history(*steps)
    return Repetition(past, len(past) + 1, resumed).of(tool, arguments or {"id": 1})


def read(result: Any = "same", **arguments: Any) -> Any:
    return did("read", result, **(arguments or {"id": 1}))


def test_first_repeat_is_served() -> None:
    """Once may be a check; the model is told beside the result."""
    assert word(read()) == "run"
    assert notes(history(read(), read())) == {
        (2, "c0"): (
            "the same call had the same result in step 1: calling it again brings nothing new. "
            "Use what you have, or change the call"
        )
    }


def test_second_repeat_is_refused_and_a_third_ends_the_run() -> None:
    """Told, refused, ended."""
    assert word(read(), read()) == "refuse"
    assert word(read(), read(), LOOP) == "stop"


def test_other_result_is_something_new() -> None:
    """A status that changes may be polled."""
    assert word(read("queued"), read("running"), read("done")) == "run"
    assert notes(history(read("queued"), read("running"))) == {}


def test_repeat_after_other_progress_is_served_and_noted() -> None:
    """Real agents read again after they did something; every such repeat is served."""
    steps = [read(), did("write", item="a"), read(), did("write", item="b"), read()]
    assert word(*steps[:2]) == word(*steps[:4]) == "run"
    assert set(notes(history(*steps))) == {(3, "c0"), (5, "c0")}


def test_repeats_since_the_last_progress_count_and_earlier_ones_do_not() -> None:
    """Served after progress, told, then refused."""
    assert word(read(), read(), did("write", item="a"), read()) == "refuse"
    assert word(read(), read(), LOOP, did("write", item="a")) == "run"


@pytest.mark.parametrize("length", [2, 3, 4])
def test_cycle_of_calls_is_served_twice_and_no_more(length: int) -> None:
    """A round that brings nothing new is the last one, however long the round."""
    one_round = [read(id=number) for number in range(length)]
    assert word(*one_round, id=0) == "run"
    assert word(*one_round, *one_round, id=0) == "refuse"
    assert word(*one_round, *one_round, LOOP, id=1) == "stop"


@pytest.mark.parametrize(
    "near",
    [{"name": "acme  gmbh"}, {"name": " ACME GmbH "}, {"name": "\uff21cme GmbH"}],
)
def test_near_identical_texts_are_the_same_call(near: dict[str, Any]) -> None:
    """Letter case, spaces and Unicode forms are no change of mind."""
    assert call_key("read", near) == call_key("read", {"name": "Acme GmbH"})


@pytest.mark.parametrize("near", [1, 1.0, "1", "1.00", " 1 ", "+1"])
def test_near_identical_numbers_are_the_same_call(near: Any) -> None:
    """However the number is written."""
    assert call_key("read", {"n": near}) == call_key("read", {"n": 1})


@pytest.mark.parametrize(
    "other", [{"n": 2}, {"n": True}, {"n": None}, {"n": -1}, {"n": [1]}, {"m": 1}, {"n": 1, "m": 1}, {"n": "1a"}, {}]
)
def test_other_arguments_are_another_call(other: dict[str, Any]) -> None:
    """What means something else is something else."""
    assert call_key("read", other) != call_key("read", {"n": 1})


@pytest.mark.parametrize("odd", ["text", ["a"], None, 10**400, float("1e300"), {"x": "\ud800"}])
def test_arguments_of_any_shape_have_a_key(odd: Any) -> None:
    """What the model writes instead of an object does not break the rule."""
    assert call_key("read", odd) == call_key("read", odd)


def test_other_tool_with_the_same_arguments_is_another_call() -> None:
    """The tool is part of the call."""
    assert word(read(), read(), tool="write") == "run"


def test_call_that_runs_and_fails_is_left_to_the_limit_of_failures() -> None:
    """One owner for failures: `tool_failures`."""
    failed = did("read", "down", error="ToolTransientError", id=1)
    assert word(failed, failed, failed) == "run"


def test_call_that_is_refused_again_and_again_is_a_loop() -> None:
    """A wrong call that is sent unchanged costs model calls and nothing else would end it."""
    refused = did("read", "no such field", error="argument_schema", ran=False, id=1)
    assert word(refused, refused) == "refuse"
    assert word(refused, refused, LOOP) == "stop"


def test_two_equal_calls_of_one_turn_are_one_repeat() -> None:
    """The second of the turn is served and noted; after that it is refused."""
    assert set(notes(history([read(), read()]))) == {(1, "c1")}
    assert word([read(), read()]) == "refuse"


def test_redriven_run_may_try_again() -> None:
    """A person who lets the execution go on is something new, once."""
    assert word(read(), read(), LOOP, resumed={4}) == "run"
    assert word(read(), read(), LOOP, read(), resumed={4}) == "refuse"


def test_later_steps_do_not_count() -> None:
    """A screening that is repeated after its step went on says the same as the first time."""
    past = history(read(), read(), read())
    assert Repetition(past, 2).of("read", {"id": 1}) == "run"
