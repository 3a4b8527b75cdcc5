"""Every rule about an answer is heard, and a rule that fails objects."""

from collections.abc import Iterator
from typing import Any

import pytest
from tollgate.answer import engine
from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.parse import parse_answer
from tollgate.models.message import ModelResponse, TextBlock, Usage

from tests.unit.answer_cases import case


def _raises(of: AnswerCase) -> list[Objection]:
    raise ValueError("the answer was: blue whale")


def _raises_late(of: AnswerCase) -> Iterator[Objection]:
    yield from ()
    raise RecursionError


BROKEN: dict[str, Any] = {
    "raises": _raises,
    "raises late": _raises_late,
    "nothing": lambda of: None,
    "true": lambda of: True,
    "a word": lambda of: "fine",
    "other things": lambda of: [None],
}


@pytest.mark.parametrize("rule", engine.RULES)
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_broken_rule_objects(rule: str, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a rule does but answer: the answer is refused, and the error's text is in no message."""
    monkeypatch.setattr(engine, "RULES", {**engine.RULES, rule: broken})
    found = engine.objections(case({"status": "done"}))
    assert [one.rule for one in found] == [rule]
    assert "whale" not in engine.complaint(found)


def test_answer_without_fault_meets_no_objection() -> None:
    """The whole list of rules over a plain answer."""
    assert (
        engine.objections(case({"status": "posted", "vendor_id": "V-100", "amount": 250.0, "lines": [None, True]}))
        == []
    )


def test_complaint_lists_the_first_places_and_every_advice_once() -> None:
    """A hundred links are told as ten."""
    found = engine.objections(case([f"https://evil{number}.com" for number in range(100)]))
    told = engine.complaint(found)
    assert len(found) == 100
    assert told.count("a link to a host") == engine.SHOWN
    assert told.count(engine.ADVICE["answer_link"]) == 1


def _response(text: str) -> ModelResponse:
    return ModelResponse(
        content=[TextBlock(text=text)], stop_reason="end_turn", usage=Usage(), provider="test", model="test"
    )


def test_secret_in_an_answer_of_the_wrong_shape_is_not_quoted() -> None:
    """The complaint quotes what is wrong, without what is secret in it."""
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    schema = {"type": "object", "properties": {"status": {"type": "integer"}}}
    answer, told = parse_answer(_response(f'{{"status": "{key}"}}'), schema)
    assert answer is None
    assert told is not None
    assert key not in told
    assert "[aws_access_key]" in told
