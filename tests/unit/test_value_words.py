"""A wrong value is told in words of JSON: whoever sent it does not know our classes."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, StrictFloat, StrictInt, ValidationError
from tollgate.value_words import words


class Inner(BaseModel):
    name: str


class Form(BaseModel):
    text: str = ""
    count: StrictInt = 0
    rate: StrictFloat = 0.0
    items: list[str] = []
    inner: Inner | None = None
    word: Literal["approve", "reject"] = "approve"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": 5}, "give a text"),
        ({"count": "5"}, "give a whole number, without quotes"),
        ({"rate": "5"}, "give a number, without quotes"),
        ({"items": "a"}, "give a list"),
        ({"inner": "a"}, "give an object"),
        ({"inner": {}}, "this field is required"),
        ({"word": "aprove"}, "give 'approve' or 'reject'"),
    ],
)
def test_a_wrong_value_is_told_what_to_write(body: dict[str, Any], said: str) -> None:
    """No `dictionary`, no `instance of _Call`."""
    with pytest.raises(ValidationError) as raised:
        Form.model_validate(body)
    assert [words(found) for found in raised.value.errors()] == [said]
