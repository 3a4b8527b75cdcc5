"""What in an input is an instruction: only what the schema says, and everything else is a document."""

from typing import Any

from tollgate.documents import document_fields, instruction_fields
from tollgate.models.agent import Agent


def agent(**properties: Any) -> Agent:
    return Agent.model_validate(
        {
            "schema_version": 1,
            "name": "clerk",
            "description": "Works.",
            "model": {},
            "limits": {"tokens": 1, "usd": 1, "steps": 5, "active_seconds": 1, "deadline_seconds": 1},
            "input_schema": {"type": "object", "properties": properties},
            "output_schema": {},
            "tools": [],
        }
    )


TYPED = {"type": "string", "x-tollgate-origin": "instruction"}


def test_field_is_a_document_unless_its_schema_says_otherwise() -> None:
    """Unknown fields and other words for an origin are documents too."""
    clerk = agent(task=TYPED, paper={"type": "string"}, odd={"type": "string", "x-tollgate-origin": "trusted"})
    given = {"task": "t", "paper": "p", "odd": "o", "extra": "e"}
    assert instruction_fields(clerk, given) == [("task", "t")]
    assert document_fields(clerk, given) == [("paper", "p"), ("odd", "o"), ("extra", "e")]


def test_object_is_taken_apart_only_where_it_holds_an_instruction() -> None:
    """The instruction below is found by its path; its neighbours stay documents."""
    clerk = agent(order={"type": "object", "properties": {"wish": TYPED, "letter": {"type": "string"}}}, data={})
    given = {"order": {"wish": "w", "letter": "l"}, "data": {"a": [1, "ü"]}}
    assert instruction_fields(clerk, given) == [("order/wish", "w")]
    assert document_fields(clerk, given) == [("order/letter", "l"), ("data", '{"a": [1, "ü"]}')]


def test_instruction_that_is_no_text_is_shown_as_json() -> None:
    """A typed number or list is an instruction all the same."""
    assert instruction_fields(agent(task=TYPED), {"task": ["a", 1]}) == [("task", '["a", 1]')]


def test_wrong_shape_is_a_document() -> None:
    """A text where the schema expects an object with an instruction inside is nobody's instruction."""
    clerk = agent(order={"type": "object", "properties": {"wish": TYPED}})
    assert instruction_fields(clerk, {"order": "do it"}) == []
    assert document_fields(clerk, {"order": "do it"}) == [("order", "do it")]


def test_every_field_is_in_exactly_one_of_the_two() -> None:
    """Nothing of the input is lost and nothing is both."""
    clerk = agent(task=TYPED, order={"properties": {"wish": TYPED}})
    given = {"task": "t", "order": {"wish": "w", "n": 1}, "x": None}
    names = [name for name, _ in instruction_fields(clerk, given) + document_fields(clerk, given)]
    assert sorted(names) == ["order/n", "order/wish", "task", "x"]
