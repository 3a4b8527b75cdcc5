"""A waiver is dated and bounded."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from tollgate.models.agent import Agent
from tollgate.screening.rules import waiver

from tests.unit.screening_cases import agent, case


def with_waiver(**more: Any) -> Agent:
    return agent(waivers={"pay": {"owner": "finance", "reason": "small", "review_by": "2026-06-30", **more}})


@pytest.mark.parametrize(
    ("today", "verdict"),
    [(date(2026, 6, 29), "run"), (date(2026, 6, 30), "run"), (date(2026, 7, 1), "ask"), (date(2030, 1, 1), "ask")],
)
def test_a_waiver_holds_until_its_review_date(today: date, verdict: str) -> None:
    """The day itself still counts."""
    assert waiver.decide(case("pay", by=with_waiver(), now=datetime.combine(today, time(12), UTC))).verdict == verdict


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [
        (499.99, "run"),
        (500, "ask"),
        (500.0, "ask"),
        (10_000, "ask"),
        ("499.99", "run"),
        ("500,00", "ask"),
        (-499, "run"),
        (-100_000, "ask"),
        ("1.234", "ask"),
        ("much", "ask"),
        (None, "ask"),
        (True, "ask"),
        ([1], "ask"),
    ],
)
def test_a_bound_holds_for_a_readable_number_below_it(amount: Any, verdict: str) -> None:
    """A credit counts by its size; what is no plain number is below nothing."""
    of = case("pay", {"amount": amount}, by=with_waiver(below={"amount": 500}))
    assert waiver.decide(of).verdict == verdict


def test_an_absent_bounded_argument_asks() -> None:
    """Nobody knows what the tool would take instead."""
    assert waiver.decide(case("pay", by=with_waiver(below={"amount": 500}))).verdict == "ask"


def test_reads_and_unwaived_tools_are_not_this_rules_business() -> None:
    """`default_gate` asks for those."""
    assert waiver.decide(case("lookup_vendor", by=with_waiver())).verdict == "run"
    assert waiver.decide(case("guarded", by=with_waiver())).verdict == "run"
