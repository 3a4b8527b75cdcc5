"""Decision records as lines: each kind says who did what."""

from typing import Any

import pytest

from cli.steps import lines


def record(kind: str, body: dict[str, Any], step: int = 1) -> dict[str, Any]:
    return {"kind": kind, "step": step, "body": body}


def text(*args: Any, **kwargs: Any) -> str:
    return "\n".join(line.plain for line in lines(record(*args, **kwargs)))


def test_a_model_turn_with_calls_shows_each_call_with_its_arguments() -> None:
    """Every proposed call is a line; the tokens stand on the first."""
    uses = [
        {"type": "tool_use", "name": "look", "arguments": {"id": "7"}},
        {"type": "tool_use", "name": "count", "arguments": {}},
    ]
    shown = text("model", {"response": {"content": uses}, "bill": {"tokens": 1234}})
    assert 'look(id="7")' in shown
    assert "count()" in shown
    assert shown.count("1,234 tokens") == 1


def test_a_refused_call_shows_its_rule_and_message() -> None:
    """The reader finds the rule that refused a call by its name."""
    calls = [
        {"tool": "look", "verdict": "run", "reasons": []},
        {"tool": "drop", "verdict": "refuse", "reasons": [{"rule": "owner", "message": "not yours"}]},
    ]
    shown = text("screening", {"calls": calls})
    assert "run look" in shown
    assert "refuse drop: owner: not yours" in shown


def test_a_rejection_shows_who_and_why() -> None:
    """A person's reason is part of the line."""
    assert "ann says reject: too much" in text(
        "approval_decided", {"decision": "reject", "by": "ann", "reason": "too much"}
    )


def test_a_refused_call_result_is_not_shown_twice() -> None:
    """The screening's line said it already."""
    assert text("result", {"ok": False, "attempts": 0, "error": "owner", "message": "no", "by": "drop"}) == ""


def test_a_failed_tool_shows_error_and_message() -> None:
    """What the model reads is what the person reads."""
    shown = text("result", {"ok": False, "attempts": 2, "error": "ValueError", "message": "no such id", "by": "look"})
    assert "look ValueError: no such id" in shown


@pytest.mark.parametrize("kind", ["outcome", "stop", "redrive", "something_new"])
def test_kinds_without_a_line_show_nothing(kind: str) -> None:
    """A record of a kind that this version does not know is no crash."""
    assert text(kind, {}) == ""


def test_long_values_are_cut_to_the_line() -> None:
    """A 10 KB argument does not flood the terminal."""
    uses = [{"type": "tool_use", "name": "look", "arguments": {"text": "x" * 10_000}}]
    assert len(text("model", {"response": {"content": uses}, "bill": {"tokens": 1}})) < 160
