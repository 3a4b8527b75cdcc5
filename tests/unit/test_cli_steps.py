"""Decision records as lines: each kind says who did what."""

from typing import Any, get_args

import pytest
from tollgate.models.record import RecordKind

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


BODIES: dict[str, dict[str, Any]] = {
    "admission": {"verdict": "accept", "reasons": []},
    "model": {"response": {"content": []}, "bill": {"tokens": 1}},
    "model_failure": {"message": "HTTP 400: no such model"},
    "screening": {"calls": [{"tool": "look", "verdict": "run", "reasons": []}]},
    "approval_requested": {"approval_id": "apr-1", "summary": "Refund 5"},
    "approval_decided": {"decision": "approve", "by": "ann"},
    "approval_escalated": {"approval_id": "apr-1", "escalate_to": ["role:lead"], "error": None},
    "approval_reminded": {"approval_id": "apr-1", "error": None},
    "approval_notified": {"approval_id": "apr-1", "about": "reminded", "target": "webhook ops", "error": None},
    "approval_expired": {"approval_id": "apr-1", "error": "States.Timeout"},
    "result": {"ok": True, "by": "look", "duration_ms": 3, "attempts": 1},
    "answer_refused": {"message": "status is missing"},
    "outcome": {"outcome": "completed", "rules": []},
    "stop": {"by": "ann", "kind": "person"},
    "redrive": {"by": "ann", "kind": "person"},
    "wind_down": {"reason": "steps", "summary": "Ended because of the limit."},
    "summary": {"text": "I found nothing.", "error": None, "bill": {"tokens": 90}},
    "budget_notice": {"scope": "tenant:acme", "percent": 80, "used_percent": 81.2},
    "replay": {"of": "exe-1", "from_step": 3, "live": False, "records": 4},
    "recall": {"looked_at": 7, "recalled": [{"score": 0.5, "episode": {"memory_id": "mem-1"}}]},
    "external_check": {"rule": "check:pii", "verdict": "ask", "stage": "call", "message": "", "duration_ms": 4},
}
"""As they are journalled, as far as a line looks at them."""


@pytest.mark.parametrize("kind", get_args(RecordKind))
def test_every_kind_that_can_be_journalled_has_a_line(kind: str) -> None:
    """Nothing that was decided is missing from the trace that people read."""
    assert text(kind, BODIES[kind]) != ""


def test_a_kind_of_a_later_version_shows_nothing() -> None:
    """A record of a kind that this version does not know is no crash."""
    assert text("something_new", {}) == ""


@pytest.mark.parametrize("kind", get_args(RecordKind))
def test_a_record_that_the_api_cut_is_no_crash(kind: str) -> None:
    """Its long fields are texts by then; the line says how long it is and where its beginning can be read."""
    cut = dict.fromkeys(BODIES[kind], '{"begin') | {"cut_from_bytes": 700_000}
    assert f"a {kind} record of 700,000 bytes: --json" in text(kind, cut)


def test_slack_that_did_not_take_a_card_is_told_once_and_why() -> None:
    """The record of the failure is no second question."""
    shown = text("approval_requested", {"approval_id": "apr-1", "summary": "Refund 5", "error": "channel_not_found"})
    assert "no card in Slack for apr-1: channel_not_found" in shown
    assert "waits for a person" not in shown


@pytest.mark.parametrize("kind", ["approval_reminded", "approval_escalated", "approval_notified"])
def test_a_message_that_reached_nobody_says_why(kind: str) -> None:
    """Who waits for an answer reads that nobody was told."""
    assert "HTTP 503 from hooks.example" in text(kind, BODIES[kind] | {"error": "HTTP 503 from hooks.example"})


def test_who_stopped_and_who_redrove_is_named() -> None:
    """The trace says whose hand it was."""
    assert "ann stops it" in text("stop", BODIES["stop"])
    assert "ann redrives it" in text("redrive", BODIES["redrive"])


def test_what_went_wrong_is_said_to_its_end() -> None:
    """What to do stands at the end of an error, past the width of a line."""
    message = "the provider answered HTTP 400: " + "x" * 120 + "; set OPENAI_MODEL"
    assert text("model_failure", {"message": message}).endswith("; set OPENAI_MODEL")


def test_long_values_are_cut_to_the_line() -> None:
    """A 10 KB argument does not flood the terminal."""
    uses = [{"type": "tool_use", "name": "look", "arguments": {"text": "x" * 10_000}}]
    assert len(text("model", {"response": {"content": uses}, "bill": {"tokens": 1}})) < 160
