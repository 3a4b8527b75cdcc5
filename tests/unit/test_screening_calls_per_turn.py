"""Only so many calls of a turn are looked at."""

import pytest
from tollgate.screening.rules import calls_per_turn

from tests.unit.screening_cases import agent, case


@pytest.mark.parametrize(("position", "verdict"), [(0, "run"), (7, "run"), (8, "refuse"), (99, "refuse")])
def test_a_call_behind_the_limit_is_refused(position: int, verdict: str) -> None:
    """The default is eight calls."""
    assert calls_per_turn.decide(case("list_orders", position=position)).verdict == verdict


def test_the_limit_is_the_agents_own() -> None:
    """An agent may allow fewer."""
    limits = agent().limits.model_copy(update={"calls_per_turn": 1})
    by = agent().model_copy(update={"limits": limits})
    assert calls_per_turn.decide(case("list_orders", by=by, position=1)).verdict == "refuse"
