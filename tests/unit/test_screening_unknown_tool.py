"""An agent reaches only the tools that it lists."""

import pytest
from tollgate.screening.rules import unknown_tool

from tests.unit.screening_cases import CLERK, agent, by_name, case, tool


@pytest.mark.parametrize(
    ("name", "verdict"), [("pay", "run"), ("lookup_vendor", "run"), ("payy", "refuse"), ("", "refuse")]
)
def test_a_name_is_known_or_refused(name: str, verdict: str) -> None:
    """Only a listed name runs; near names and none are refused."""
    assert unknown_tool.decide(case(name)).verdict == verdict


def test_a_misspelt_name_is_answered_with_the_nearest_and_all_names() -> None:
    """The model learns what to write instead."""
    told = unknown_tool.decide(case("lookup_vendr")).to_model
    assert told is not None
    assert "Did you mean `lookup_vendor`?" in told
    assert all(name in told for name in CLERK.tools)


@pytest.mark.parametrize("name", ["functions.lookup_vendor", "mcp__erp__lookup_vendor", "erp/lookup_vendr"])
def test_a_name_with_its_supposed_place_is_answered_with_the_tool(name: str) -> None:
    """Models write tools as other systems list them."""
    assert "Did you mean `lookup_vendor`?" in (unknown_tool.decide(case(name)).to_model or "")


def test_a_tool_that_exists_but_is_not_listed_does_not_exist_for_the_agent() -> None:
    """The registry may hold more than the agent has."""
    narrow = agent(by_name(tool("lookup_vendor")))
    assert unknown_tool.decide(case("pay", by=narrow)).verdict == "refuse"


def test_a_long_hostile_name_is_cut_in_every_message() -> None:
    """A name of 10,000 characters fills no log and no prompt."""
    opinion = unknown_tool.decide(case("x" * 10_000))
    assert opinion.reason is not None
    assert len(opinion.reason.message) < 300
    assert len(opinion.to_model or "") < 1000
