"""A person's refusal is final within the execution."""

from typing import Any

import pytest
from tollgate.screening.rules import deny_cache
from tollgate.screening.sinks import refusal_key

from tests.unit.screening_cases import IBAN_A, IBAN_B, TOOLS, case, ruling

REFUSED = frozenset(
    {refusal_key(TOOLS["post_invoice"].manifest, {"vendor_id": "V-1", "iban": IBAN_A, "note": "first"})}
)


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ({"vendor_id": "V-1", "iban": IBAN_A, "note": "first"}, "refuse"),
        ({"vendor_id": "V-1", "iban": IBAN_A, "note": "worded otherwise"}, "refuse"),
        ({"vendor_id": "V-1", "iban": "de89 3704 0044 0532 0130 00"}, "refuse"),
        ({"vendor_id": "V-1", "iban": IBAN_B}, "run"),
        ({"vendor_id": "V-2", "iban": IBAN_A}, "run"),
    ],
)
def test_the_same_sinks_are_refused_whatever_the_other_text(arguments: dict[str, Any], verdict: str) -> None:
    """Sinks are compared in canonical form; everything else does not count."""
    assert deny_cache.decide(case("post_invoice", arguments, refused=REFUSED)).verdict == verdict


def test_the_same_values_in_another_tool_are_another_question() -> None:
    """The refusal was about this tool."""
    assert deny_cache.decide(case("pay", {"iban": IBAN_A}, refused=REFUSED)).verdict == "run"


def test_without_sinks_all_arguments_count() -> None:
    """A tool that declares no sinks is refused for the very same call only."""
    refused = frozenset({refusal_key(TOOLS["add_note"].manifest, {"text": "hello"})})
    assert deny_cache.decide(case("add_note", {"text": "hello"}, refused=refused)).verdict == "refuse"
    assert deny_cache.decide(case("add_note", {"text": "other"}, refused=refused)).verdict == "run"


def test_approval_does_not_lift_an_earlier_refusal() -> None:
    """A refusal refuses even where somebody else approved the same call later."""
    of = case("post_invoice", {"vendor_id": "V-1", "iban": IBAN_A}, refused=REFUSED, decided="approved")
    assert ruling(of).verdict == "refuse"
