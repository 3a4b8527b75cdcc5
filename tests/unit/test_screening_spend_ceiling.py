"""A ceiling holds for every way to write an amount, in its own currency; what cannot be compared is not below it."""

from typing import Any

import pytest
from tollgate.models.agent import Agent
from tollgate.screening.rules import spend_ceiling

from tests.unit.screening_cases import agent as clerk
from tests.unit.screening_cases import case, ruling


def with_ceiling(most: Any, **more: Any) -> Agent:
    return clerk(call_limits={"pay": {"ceiling": {"amount": most}, **more}})


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [
        (5000, "run"),
        (5000.0, "run"),
        ("5,000.00", "run"),
        ("5.000,00", "run"),
        (5000.01, "refuse"),
        ("5000,01", "refuse"),
        ("5'000.01", "refuse"),
        (-5000, "run"),
        (-5001, "refuse"),
        (10**15, "refuse"),
        ("6e3", "refuse"),
        ("5.000", "refuse"),
        ("\uff16\uff10\uff10\uff10", "refuse"),
        ("\u0664", "refuse"),
        ("much", "refuse"),
        (True, "refuse"),
        ([1], "refuse"),
        ({"value": 1}, "refuse"),
        (float("nan"), "refuse"),
        (float("inf"), "refuse"),
        (None, "ask"),
    ],
)
def test_an_amount_above_the_ceiling_is_refused(amount: Any, verdict: str) -> None:
    """A credit counts by its size; what two readers may read differently is no number below anything."""
    assert spend_ceiling.decide(case("pay", {"amount": amount}, by=with_ceiling(5000))).verdict == verdict


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        ({"amount": 900, "currency": "EUR"}, "run"),
        ({"amount": 900, "currency": "eur"}, "run"),
        ({"amount": 900}, "run"),
        ({"amount": 1001, "currency": "EUR"}, "refuse"),
        ({"amount": 1001}, "refuse"),
        ({"amount": 90_000, "currency": "JPY"}, "run"),
        ({"amount": 1, "currency": "USD"}, "refuse"),
        ({"amount": 1, "currency": "\u0415UR"}, "refuse"),
        ({"amount": 1, "currency": 978}, "ask"),
        ({"amount": 1, "currency": ""}, "ask"),
    ],
)
def test_a_ceiling_by_currency_holds_in_that_currency_alone(arguments: dict[str, Any], verdict: str) -> None:
    """A currency without a ceiling passes nothing; an absent one is the schema's default (EUR), if it has one."""
    by = with_ceiling({"EUR": 1000, "JPY": 150_000})
    assert spend_ceiling.decide(case("pay", arguments, by=by)).verdict == verdict


def test_a_person_may_lift_a_ceiling_that_says_so() -> None:
    """`ask: [ceiling]` turns the refusal into a question, and a person's yes satisfies it."""
    by = with_ceiling(5000, ask=["ceiling"])
    asked = ruling(case("pay", {"amount": 6000}, "Pay 6000 EUR", by=by))
    assert (asked.verdict, [reason.rule for reason in asked.reasons]) == ("ask", ["spend_ceiling"])
    assert ruling(case("pay", {"amount": 6000}, "Pay 6000 EUR", by=by, decided="approved")).verdict == "run"


def test_nobody_can_lift_any_other_ceiling() -> None:
    """An approval satisfies questions, and an edit is held against the ceiling as well."""
    for decided in ("approved", "edited"):
        found = ruling(case("pay", {"amount": 6000}, "Pay 6000 EUR", by=with_ceiling(5000), decided=decided))
        assert found.verdict == "refuse"
        assert "ceiling of 5000" in str(found.message_to_model)


def test_the_strictest_of_several_ceilings_counts() -> None:
    """One argument that is not said does not hide another one above its ceiling."""
    by = clerk(call_limits={"pay": {"ceiling": {"fee": 5, "amount": 10}}})
    assert spend_ceiling.decide(case("pay", {"amount": 11}, by=by)).verdict == "refuse"
    assert spend_ceiling.decide(case("pay", {"amount": 9}, by=by)).verdict == "ask"


def test_a_ceiling_of_one_tool_says_nothing_about_another() -> None:
    """Limits are by tool."""
    assert spend_ceiling.decide(case("refund", {"total": 10**6}, by=with_ceiling(5))).verdict == "run"
    assert spend_ceiling.decide(case("nope", {"amount": 10**6}, by=with_ceiling(5))).verdict == "run"
