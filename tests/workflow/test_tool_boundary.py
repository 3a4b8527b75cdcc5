"""The tool boundary, a row per way to break it, each through the real functions: what ran, and what the model reads.

Rows that need their own servers, kills or clocks have files of their own: `test_tool_kinds`, `test_tool_crash_matrix`,
`test_tool_artifacts`, `test_tool_loops`, `test_tools`.
"""

import json
from typing import Any

import pytest

from tests.workflow.running import World
from tests.workflow.script import Order, answer, call, propose

HOOK = {"hook": "@hook"}
DEEP: Any = json.loads("[" * 40 + "]" * 40)
ARGUMENTS: dict[str, tuple[Any, list[str]]] = {
    "an object in a string": (
        '{"item": "a", "hook": "b"}',
        ["a JSON string, not an object", "remove the outer quotes and the escapes"],
    ),
    "truncated JSON in a string": ('{"item": "a", "ho', ["a JSON string, not an object", "Unterminated string"]),
    "null": (None, ["not an object"]),
    "a number for a text": ({"item": 17, **HOOK}, ["/item: the value is not of type", "given: 17"]),
    "a truth value for a text": ({"item": True, **HOOK}, ["/item: the value is not of type", "given: true"]),
    "all violations at once": (
        {"item": 1, "note": [], "x": 0},
        ["/item: ", "/note: ", "'x' was unexpected", "hook", "is a required property"],
    ),
    "a misspelt argument": ({"itme": "a", **HOOK}, ["did you mean `item` instead of `itme`?"]),
    "a key twice": ({"item": "a", "@again:item": "b", **HOOK}, [r"the key \"item\" is there twice", "write it once"]),
    "not a number": ({"item": float("nan"), **HOOK}, ["NaN is no JSON number"]),
    "an integer that doubles cannot hold": ({"item": 2**53 + 1, **HOOK}, ["2^53", "write it as a string"]),
    "a hundred digits": ({"item": 10**100, **HOOK}, ["2^53"]),
    "forty levels": ({"item": DEEP, **HOOK}, ["nested deeper than 32 levels"]),
    "70 KB": ({"item": "a", "note": "n" * 70_000, **HOOK}, ["bytes of JSON, more than the 65,536 allowed"]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_break_the_schema_or_the_bounds_run_nothing(world: World, name: str) -> None:
    """Refused with a message that says where, what was expected and what was given; never coerced."""
    arguments, told = ARGUMENTS[name]
    wrong = call("fetch_item", arguments)
    wrong["toolUse"]["input"] = arguments
    run = world.run([propose(wrong), answer()])
    run.completed()
    assert run.script.started == []
    missing = [part for part in told if part not in run.script.told(2)]
    assert missing == [], run.script.told(2)


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ("a set", "something that is not JSON"),
        ("bytes", "something that is not JSON"),
        ("not a number", "something that is not JSON"),
        ("half a character", "half of a surrogate pair"),
        ("a deep tree", "more than 64 nested levels"),
        ("a ring", "nested levels"),
        ("50 MB", "the most is 10,485,760"),
    ],
)
def test_output_that_nobody_can_use_is_a_named_error(world: World, odd: str, told: str) -> None:
    """The execution goes on, and the model reads what was wrong with the tool's answer."""
    run = world.run([propose(call("fetch_item")), answer()], fetch_item=[Order("odd", odd)])
    run.completed()
    assert "ToolOutputError" in run.script.told(2)
    assert told in run.script.told(2)


def test_effect_that_answers_nonsense_is_not_called_undone(world: World) -> None:
    """An effect whose answer cannot be read may have happened; the model is told so."""
    run = world.run([propose(call("write_keyed")), answer()], write_keyed=[Order("odd", "a set")])
    run.completed()
    assert "its effect may have happened" in run.script.told(2)
    assert len(run.script.keys("write_keyed")) == 1


def test_effect_that_was_not_started_goes_to_its_fallback(world: World) -> None:
    """`ToolUnavailableError` is the tool's word that nothing began; the fallback is a call of its own."""
    run = world.run(
        [propose(call("write_fragile")), answer()],
        write_fragile=[Order("unavailable")],
        write_keyed=[Order(value="written elsewhere")],
    )
    run.completed()
    assert [(start.tool, start.call_id) for start in run.script.started] == [
        ("write_fragile", "c0"),
        ("write_keyed", "c0f"),
    ]
    assert "answered by write_keyed" in run.script.told(2)


@pytest.mark.parametrize("first", [Order("fail", "half done"), Order("transient")], ids=["failure", "used up"])
def test_effect_that_may_have_begun_has_no_fallback(world: World, first: Order) -> None:
    """Any other end of an effect leaves it possible that it happened, so nothing else may do it too."""
    run = world.run([propose(call("write_fragile")), answer()], write_fragile=[first])
    run.completed()
    assert run.script.starts("write_keyed") == []
    assert '"error"' in run.script.told(2)


def test_tool_that_keeps_failing_is_cut_off_for_every_execution(world: World) -> None:
    """Ten failures in a row open the tool's breaker: later executions' calls are answered at once, and not started.

    A process may take a breaker for closed for a second longer, so a few more calls may reach the tool.
    """
    turn = propose(*(call("fetch_brittle", item=str(number)) for number in range(4)))
    for _ in range(3):
        world.run([turn, answer()], fetch_brittle=[Order("unavailable")]).completed()
    for _ in range(20):
        run = world.run([propose(call("fetch_brittle")), answer()], fetch_brittle=[Order("unavailable")])
        run.completed()
        if not run.script.started:
            break
    assert run.script.started == []
    assert "Go on without it" in run.script.told(2)


def test_hung_tool_holds_nothing_longer_than_its_time(world: World) -> None:
    """The journal's own figure for a call whose handler never returns: its manifest's second, and little more."""
    run = world.run([propose(call("fetch_slow")), answer()], fetch_slow=[Order("hang")])
    run.completed()
    (result,) = run.trace("result")
    assert 1_000 <= result["body"]["duration_ms"] < 5_000
    assert "fetch_slow" in run.script.told(2)
    assert "timeout_seconds: 1" in run.script.told(2)
