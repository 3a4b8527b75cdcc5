"""Arguments are one JSON object within bounds."""

from dataclasses import replace
from typing import Any

import pytest
from tollgate.screening.case import Proposed
from tollgate.screening.rules import malformed_call

from tests.unit.screening_cases import case


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ({}, "run"),
        ({"iban": "x"}, "run"),
        ({"amount": 2**53}, "run"),
        (nested(32), "run"),
        (nested(33), "refuse"),
        (nested(5000), "refuse"),
        ({"amount": 2**53 + 1}, "refuse"),
        ({"amount": -(2**53) - 1}, "refuse"),
        ({"amount": float("nan")}, "refuse"),
        ({"amount": float("inf")}, "refuse"),
        ({"note": "\ud800"}, "refuse"),
        ({"note": "x" * 65_536}, "refuse"),
        ({"note": "\u00e9" * 33_000}, "refuse"),
        ({1: "x"}, "refuse"),
        ({"note": b"x"}, "refuse"),
        ([], "refuse"),
        ("text", "refuse"),
        (7, "refuse"),
        (True, "refuse"),
    ],
)
def test_arguments_are_an_object_within_bounds_or_refused(arguments: Any, verdict: str) -> None:
    """Nothing is coerced and nothing is repaired."""
    assert malformed_call.decide(case("pay", arguments)).verdict == verdict


def test_null_arguments_are_refused() -> None:
    """A call without arguments is an empty object, not null."""
    of = case("pay")
    assert malformed_call.decide(replace(of, call=Proposed("pay", None))).verdict == "refuse"


def test_text_that_is_not_json_is_refused_with_its_beginning() -> None:
    """The provider's raw text is shown, cut."""
    opinion = malformed_call.decide(case("pay", malformed='{"iban": ' + "x" * 500))
    assert opinion.verdict == "refuse"
    assert opinion.reason is not None
    assert '{"iban": ' in opinion.reason.message
    assert len(opinion.reason.message) < 200


def test_a_string_that_holds_an_object_is_refused_with_what_to_do() -> None:
    """The commonest mistake gets the advice that mends it."""
    told = malformed_call.decide(case("pay", '{"iban": "x"}')).to_model
    assert told is not None
    assert "remove the outer quotes" in told


@pytest.mark.parametrize("text", ['{"iban": "x", "amou', '{"iban": ', ' {"iban": "x"} and more'])
def test_a_string_that_holds_a_cut_off_object_says_where_it_breaks(text: str) -> None:
    """A model whose arguments were cut off writes them again, whole."""
    told = malformed_call.decide(case("pay", text)).to_model
    assert told is not None
    assert "not JSON" in told
    assert "names each argument, and all of it" in told
