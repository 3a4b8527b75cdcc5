"""What is wrong with a request's body is said in words of JSON, at a place that the body has."""

import json
from typing import Any

import pytest
from tollgate.api.body import parse
from tollgate.api.budgets import BudgetRequest
from tollgate.api.start import StartRequest
from tollgate.errors import InvalidError


def violations(form: Any, body: Any) -> dict[str, str]:
    """Pointer -> message."""
    with pytest.raises(InvalidError) as raised:
        parse({"body": json.dumps(body)}, form)
    return {found["pointer"]: found["message"] for found in raised.value.violations}


@pytest.mark.parametrize(
    ("form", "body", "pointer", "message"),
    [
        (StartRequest, {"input": "x"}, "/input", "give an object"),
        (StartRequest, {"agent": 5}, "/agent", "give a text"),
        (StartRequest, {"replay": {"execution_id": "e"}}, "/replay/from_step", "this field is required"),
        (StartRequest, {"replay": {"execution_id": "e", "from_step": "2"}}, "/replay/from_step", "give a whole number"),
        (StartRequest, {"replay": 7}, "/replay", "give an object"),
        (StartRequest, {"replay": {"execution_id": "e", "from_step": 2, "x": 1}}, "/replay/x", "unknown field 'x'"),
        (StartRequest, {"agnet": "a"}, "/agnet", "unknown field 'agnet'; did you mean `agent`?"),
        (BudgetRequest, {"usd": "5"}, "/usd", "give a number, without quotes"),
        (BudgetRequest, {"tokens": 1.5}, "/tokens", "give a whole number"),
    ],
)
def test_a_wrong_field_is_told_where_and_what_to_write(form: Any, body: Any, pointer: str, message: str) -> None:
    """No Python type, no branch of a union, one sentence per place."""
    assert violations(form, body)[pointer].startswith(message)
    assert set(violations(form, body)) == {pointer}


def test_an_unknown_field_that_is_like_none_is_told_the_fields() -> None:
    """A guess that is no guess is not asked."""
    message = violations(StartRequest, {"principal": {"id": "boss"}})["/principal"]
    assert message == "unknown field 'principal'; the fields are: agent, input, replay, workflow"
