"""In a flagged run every effect asks."""

import pytest
from tollgate.screening.rules import untrusted_run

from tests.unit.screening_cases import case


@pytest.mark.parametrize(
    ("name", "untrusted", "verdict"),
    [("pay", False, "run"), ("pay", True, "ask"), ("delete_file", True, "ask"), ("read_mail", True, "run")],
)
def test_effects_of_a_flagged_run_ask(name: str, untrusted: bool, verdict: str) -> None:
    """Reads go on."""
    assert untrusted_run.decide(case(name, untrusted=untrusted)).verdict == verdict
