"""Arguments satisfy the manifest's schema."""

from dataclasses import replace
from typing import Any

import pytest
from tollgate.screening.case import Proposed, Standing
from tollgate.screening.engine import screen
from tollgate.screening.expectation import EXPECTED_CHARACTERS
from tollgate.screening.rules import argument_schema
from tollgate.screening.schema import violations

from tests.unit.screening_cases import CLERK, NOW, case, request, tool


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ({}, "run"),
        ({"iban": "x", "amount": 1}, "run"),
        ({"iban": 7}, "refuse"),
        ({"ibn": "x"}, "refuse"),
        ({"amount": None}, "refuse"),
        ({"iban": ["x"]}, "refuse"),
    ],
)
def test_arguments_satisfy_the_schema_or_are_refused(arguments: dict[str, Any], verdict: str) -> None:
    """The schema is the manifest's, closed."""
    assert argument_schema.decide(case("pay", arguments)).verdict == verdict


def test_every_violation_is_told_with_its_place_and_the_cut_value() -> None:
    """The model can mend everything in one turn."""
    opinion = argument_schema.decide(case("pay", {"iban": 7, "amount": [], "currency": 5, "ibn": "x" * 500}))
    assert opinion.reason is not None
    found = opinion.reason.model_dump()["violations"]
    assert {violation["pointer"] for violation in found} == {"/iban", "/amount", "/currency", ""}
    assert all(len(violation["given"]) <= 80 for violation in found)
    assert opinion.to_model is not None
    assert "did you mean `iban` instead of `ibn`?" in opinion.to_model


def test_a_valid_example_stands_beside_the_violations() -> None:
    """Near to what was given, so that the next call can be it; without one where it would be dear."""
    opinion = argument_schema.decide(case("pay", {"iban": 7, "amount": 5, "ibn": "x"}))
    assert str(opinion.to_model).endswith('Of this shape, with your own values: {"iban": "text", "amount": 5}')
    entry = tool("code", arguments={"code": {"type": "string", "pattern": "^[A-Z]{9}$"}})
    of = case("code", {"code": "x"}, by=CLERK.model_copy(update={"tools": ["code"]}))
    dear = argument_schema.decide(replace(of, tools={"code": entry}))
    assert str(dear.to_model).endswith("Correct these and call again.")


FORMS = {"oneOf": [{"type": "string"}, {"required": ["card"], "properties": {"card": {"type": "string"}}}]}


@pytest.mark.parametrize(
    ("schema", "given", "told"),
    [
        (FORMS, {"card": 1}, '1) the value is not of type "string"; 2) /card: the value is not of type "string"'),
        ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, "x", "write what only one of them takes"),
        ({"anyOf": [{"const": number} for number in range(9)]}, 17, "4) 3 was expected; and 5 more"),
        ({"enum": ["approve", "reject"]}, "aprove", "did you mean `approve`?"),
        ({"type": "object", "additionalProperties": False}, {"a": 1}, "no properties are taken here; write {}"),
        (False, 1, "leave it out"),
    ],
)
def test_expectation_says_what_to_write(schema: Any, given: Any, told: str) -> None:
    """Not only that something is wrong: what keeps the value from each form, and the word that was meant."""
    (violation,) = violations({"properties": {"it": schema}}, {"it": given})
    assert told in violation.expected


def test_long_expectations_are_cut() -> None:
    """A list of ten thousand values is the author's, and no message for a model."""
    (violation,) = violations({"enum": [f"value {number}" for number in range(10_000)]}, 5)
    assert len(violation.expected) <= EXPECTED_CHARACTERS


def test_a_format_is_checked_and_not_only_noted() -> None:
    """An author who writes `format: date` means it."""
    entry = tool("book", arguments={"day": {"type": "string", "format": "date"}})
    of = case("book", {"day": "tomorrow"}, by=CLERK.model_copy(update={"tools": ["book"]}))
    assert argument_schema.decide(replace(of, tools={"book": entry})).verdict == "refuse"


def test_a_reference_out_of_the_schema_refuses_and_fetches_nothing() -> None:
    """A manifest that slipped past `check` cannot make a function call home (sockets are blocked in unit tests)."""
    entry = tool("book", arguments={"day": {"$ref": "http://127.0.0.1:9/schema"}})
    ruled = screen(
        CLERK.model_copy(update={"tools": ["book"]}),
        {"book": entry},
        request("x"),
        [],
        Proposed("book", {"day": 1}),
        Standing(now=NOW),
    )
    assert ruled.verdict == "refuse"
    assert [reason.rule for reason in ruled.reasons] == ["argument_schema"]


def test_values_in_expectations_are_masked() -> None:
    """What was given stands in one place only, cut; the expectation does not quote it again."""
    opinion = argument_schema.decide(case("pay", {"iban": 4711}))
    assert opinion.reason is not None
    violation = opinion.reason.model_dump()["violations"][0]
    assert violation == {"pointer": "/iban", "expected": 'the value is not of type "string"', "given": "4711"}
