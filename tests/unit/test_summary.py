"""The graceful end in words: done, not done, why, spent."""

from typing import Any, get_args

import pytest
from tollgate.models.execution import Execution, LimitReason, Limits, Spend
from tollgate.models.principal import Principal
from tollgate.summary import summarise

from tests.unit.turns import did, history


def execution(**changes: Any) -> Execution:
    fields: dict[str, Any] = {
        "execution_id": "e",
        "agent": "a",
        "agent_digest": "d",
        "principal": Principal(id="p", tenant="t", kind="person"),
        "input": {},
        "limits": Limits(tokens=120_000, usd=2, steps=25, active_seconds=1, deadline_seconds=1),
        "spend": Spend(tokens=4321, usd=0.0123),
        "created_at": 0.0,
        "step": 3,
    }
    return Execution(**{**fields, **changes})


def test_summary_tells_done_undone_and_spent_apart() -> None:
    """A call that worked, one that failed and one that nobody finished, each with its arguments."""
    turns = history(did("fetch", item=1), [did("pay", error="ToolTimeoutError"), did("mail", to="x")])
    del turns[1].results["c1"]
    lines = summarise(execution(), turns, "steps").splitlines()
    assert lines == [
        "Ended because the step limit was reached.",
        'Done: fetch {"item": 1}.',
        'Not done: pay {} (ToolTimeoutError); mail {"to": "x"} (proposed, not finished).',
        "Spent: 4,321 of 120,000 tokens, 0.0123 of 2.00 USD, 3 of 25 steps.",
    ]


def test_effect_that_may_have_happened_is_not_called_undone() -> None:
    """Who reads "not done" does it again; the line names the tool that was at work, a fallback too."""
    turns = history(did("pay", error="CallUnfinishedError", invoice=7))
    turns[0].results["c0"] |= {"unknown": True, "by": "pay_by_mail"}
    lines = summarise(execution(), turns, "steps").splitlines()
    assert lines[2] == (
        'May have happened, look before anybody repeats it: pay {"invoice": 7} by pay_by_mail (CallUnfinishedError).'
    )
    assert not any(line.startswith("Not done") for line in lines)


def test_cut_off_effect_that_waits_for_a_person_is_not_called_undone() -> None:
    """A run that ends while people are asked about a half-done effect leaves that question to whoever reads."""
    turns = history([did("pay", invoice=7), did("mail")])
    turns[0].results.clear()
    turns[0].half_done.add("c0")
    lines = summarise(execution(), turns, "deadline").splitlines()
    assert lines[2:4] == [
        'May have happened, look before anybody repeats it: pay {"invoice": 7} (cut off, a person was asked).',
        "Not done: mail {} (proposed, not finished).",
    ]


def test_run_that_did_nothing_says_so() -> None:
    """No line about undone calls where there are none."""
    assert "Done: nothing.\nSpent:" in summarise(execution(), [], "stopped")


@pytest.mark.parametrize("reason", [*get_args(LimitReason), "stopped", "failed"])
def test_every_reason_is_told_in_words(reason: str) -> None:
    """No reader meets an identifier."""
    first = summarise(execution(), [], reason).splitlines()[0]
    assert first.startswith("Ended because ")
    assert len(first.split()) > 4
    assert "_" not in first


def test_limit_of_an_outer_scope_is_named() -> None:
    """Whose limit it was, when it was not the execution's own."""
    ended = execution(stopping="tokens", stopping_scope="tenant:north")
    assert "tenant:north" in summarise(ended, [], "tokens").splitlines()[0]
    assert "tenant:north" not in summarise(ended, [], "stopped")


def test_long_arguments_are_cut() -> None:
    """A summary is for a person: a page of arguments is not repeated in it."""
    assert len(summarise(execution(), history(did("fetch", text="x" * 5000)), "steps")) < 500
