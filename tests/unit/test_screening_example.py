"""The example beside a violation: valid, near to what was given, and absent where it would be dear."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tollgate.definitions.json_schema import closed
from tollgate.screening.example import MOST_CHARACTERS, example

TOOLS = Path(__file__).parents[2] / "lambdas" / "tools"


def objects(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


ORDER = objects(
    "id", "amount",
    id={"type": "string", "minLength": 6}, amount={"type": "number", "exclusiveMinimum": 0},
    day={"type": "string", "format": "date"}, kind={"enum": ["normal", "express"]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"id": "PO-1001"}, {"id": "PO-1001", "amount": 1}),
        ({"id": "PO-1001", "amount": "5"}, {"id": "PO-1001", "amount": 1}),
        ({"id": "PO-1001", "amount": 5, "amout": 6}, {"id": "PO-1001", "amount": 5}),
        ({"amount": 5, "id": "x", "day": "soon", "kind": "slow"},
         {"id": "textxx", "amount": 5, "day": "2026-01-31", "kind": "normal"}),
    ],
)  # fmt: skip
def test_what_was_right_stays_and_the_rest_is_filled_in(given: dict[str, Any], made: dict[str, Any]) -> None:
    """Missing members come, wrong ones are replaced, undeclared ones go."""
    assert json.loads(str(example(ORDER, given))) == made


@pytest.mark.parametrize(
    "schema",
    [
        objects("code", code={"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"}),
        objects("text", text={"type": "string", "minLength": 900}),
        objects("a", a={}),
        {"type": "object", "required": ["a"], "properties": {"a": True}},
        {"type": "object", "required": ["a"]},
        {"type": "object", "anyOf": [{"required": ["a"]}], "properties": {"a": {"type": "null"}}},
        objects("a", a={"$ref": "#/$defs/node"}) | {"$defs": {"node": objects("a", a={"$ref": "#/$defs/node"})}},
    ],
)
def test_dear_example_is_none(schema: dict[str, Any]) -> None:
    """Words alone are better than a wrong example or a long one."""
    assert example(schema, {}) is None


def test_given_value_behind_a_reference_is_kept() -> None:
    """Local definitions are known to each member."""
    schema = objects("a", "b", a={"$ref": "#/$defs/n"}, b={"type": "boolean"}) | {"$defs": {"n": {"type": "integer"}}}
    assert json.loads(str(example(schema, {"a": 7}))) == {"a": 7, "b": True}


@pytest.mark.parametrize("path", sorted(TOOLS.glob("*/tool.yaml")), ids=lambda path: path.parent.name)
@pytest.mark.parametrize("given", [{}, {"vendor_id": 5, "limit": "x", "nonsense": None}])
def test_examples_for_our_own_tools_are_valid(path: Path, given: dict[str, Any]) -> None:
    """Judged by the other validator."""
    schema = closed(yaml.safe_load(path.read_text())["input_schema"], "tool_input")
    made = example(schema, given)
    assert made is not None
    assert len(made) <= MOST_CHARACTERS
    Draft202012Validator(schema).validate(json.loads(made))


def test_hostile_arguments_cost_little() -> None:
    """Wide and deep values are dropped or kept, and never walked again and again."""
    started = time.perf_counter()
    assert example(ORDER, {f"k{n}": [n] * 10 for n in range(4_000)}) is not None
    assert example(ORDER, {"id": {"a": ["x" * 60_000]}}) is not None
    assert time.perf_counter() - started < 1
