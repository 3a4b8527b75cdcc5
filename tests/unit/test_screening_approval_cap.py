"""People are asked only so often."""

import pytest
from tollgate.screening.rules import approval_cap

from tests.unit.screening_cases import case, ruling


@pytest.mark.parametrize(("asked", "verdict"), [(0, "run"), (2, "run"), (3, "refuse"), (9, "refuse")])
def test_the_last_question_is_the_limit(asked: int, verdict: str) -> None:
    """The clerk's limit is three."""
    assert approval_cap.decide(case("guarded", approvals_asked=asked)).verdict == verdict


def test_a_call_that_would_run_is_not_capped() -> None:
    """The cap is about asking, not about working."""
    assert ruling(case("cancel_plan", {}, "cancel the plan", approvals_asked=3)).verdict == "run"
    assert ruling(case("cancel_plan", {}, "", approvals_asked=3)).verdict == "refuse"
    assert ruling(case("cancel_plan", {}, "", approvals_asked=2)).verdict == "ask"


def test_a_decided_call_is_not_capped() -> None:
    """The question was asked and answered."""
    assert ruling(case("cancel_plan", {}, "", approvals_asked=3, decided="approved")).verdict == "run"
