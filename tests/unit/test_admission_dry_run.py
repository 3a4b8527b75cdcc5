"""`tollgate admit`: a verdict for every line, in order; what cannot be judged is rejected."""

import json
from typing import Any

import pytest
from tollgate.admission import dry_run

from tests.unit.screening_cases import TOOLS, agent

CLERK = agent(input_schema={"type": "object", "properties": {"task": {"type": "string"}}, "required": ["task"]})
PRINCIPAL = {"id": "ana", "tenant": "acme", "kind": "person", "claims": {"accounts": ["AC-1"]}}


def answer(text: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(dry_run.answer(CLERK, TOOLS, text))
    return said


def line(**given: Any) -> str:
    return json.dumps({"input": given, "principal": PRINCIPAL})


def test_a_line_is_answered_with_verdict_and_reasons() -> None:
    """The two fields of the contract, and no other."""
    assert answer(line(task="x")) == {"verdict": "accept", "reasons": []}
    said = answer(line())
    assert (said["verdict"], [reason["rule"] for reason in said["reasons"]]) == ("reject", ["input_schema"])


def test_too_much_input_is_a_verdict_and_not_an_error() -> None:
    """The line can be read, so it is judged."""
    assert answer(line(task="x" * 1_500_000))["verdict"] == "reject"


@pytest.mark.parametrize(
    "bad",
    ["", "{", "[]", "null", '{"input": {}}', '{"input": [], "principal": {}}',
     line(task="x").replace("person", "robot"),
     line(task="x").replace('"input"', '"inputs"'), line(task="x").replace('"task"', '"task": "y", "task"'),
     '{"a":' * 5000, "x" * 5_000_000],
)  # fmt: skip
def test_a_bad_line_is_rejected_with_what_is_wrong(bad: str) -> None:
    """It has the shape of every answer; nothing is guessed."""
    said = answer(bad)
    assert (said["verdict"], [reason["rule"] for reason in said["reasons"]]) == ("reject", ["malformed_line"])


def test_keys_of_the_callers_own_are_let_be() -> None:
    """What nobody reads changes no verdict."""
    assert answer(line(task="x").replace('"input"', '"id": 3, "input"'))["verdict"] == "accept"


def test_a_check_that_fails_on_a_line_rejects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line ends the run of the lines behind it."""
    monkeypatch.setattr(dry_run, "admit", lambda *_: 1 / 0)
    assert answer(line(task="x"))["verdict"] == "reject"


def test_a_bad_line_does_not_stop_the_next() -> None:
    """Answers come in order."""
    said = [json.loads(found) for found in dry_run.answers(CLERK, TOOLS, ["{", line(task="x")])]
    assert said[0]["verdict"] == "reject"
    assert said[1]["verdict"] == "accept"
