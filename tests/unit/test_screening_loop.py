"""`loop`: a call that came back twice with the same result is not made a third time."""

from typing import Any

import pytest
from tollgate.screening.rules import loop

from tests.unit.screening_cases import case


@pytest.mark.parametrize(("repetition", "verdict"), [("run", "run"), ("refuse", "refuse"), ("stop", "refuse")])
def test_call_that_goes_round_is_refused(repetition: Any, verdict: str) -> None:
    """What the course of the execution says decides."""
    assert loop.decide(case("lookup_vendor", {"vendor_id": "V-1"}, repetition=repetition)).verdict == verdict


def test_model_is_told_what_to_do_instead() -> None:
    """The refusal says why, what else to do, and what happens next time."""
    said = loop.decide(case("lookup_vendor", {"vendor_id": "V-1"}, repetition="refuse"))
    assert "the execution ends" in str(said.to_model)


@pytest.mark.parametrize("decided", ["approved", "edited"])
def test_what_a_person_let_through_is_not_a_loop(decided: Any) -> None:
    """A person's word is something new."""
    assert loop.decide(case("lookup_vendor", {"vendor_id": "V-1"}, repetition="stop", decided=decided)).verdict == "run"
