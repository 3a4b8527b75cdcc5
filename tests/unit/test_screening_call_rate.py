"""A tool with a rate is called only while there is a place, and never where nobody could count."""

import json
from typing import Any

import pytest
from tollgate.screening import dry_run
from tollgate.screening.case import Count
from tollgate.screening.rules import call_rate

from tests.unit.screening_cases import NOW, TOOLS, agent, case, ruling

TWICE = agent(call_limits={"cancel_plan": {"rate": {"calls": 2, "per_seconds": 60}}})


@pytest.mark.parametrize(
    ("count", "verdict"),
    [
        (Count(0), "run"),
        (Count(1), "run"),
        (Count(2), "refuse"),
        (Count(7), "refuse"),
        (Count(2, held=True), "run"),
        (None, "refuse"),
    ],
)
def test_a_call_needs_a_place(count: Count | None, verdict: str) -> None:
    """A call that has its place keeps it, however many others there are; no count is no place."""
    assert call_rate.decide(case("cancel_plan", by=TWICE, count=count)).verdict == verdict


@pytest.mark.parametrize("decided", ["approved", "edited"])
@pytest.mark.parametrize("count", [Count(2), None])
def test_a_person_does_not_make_a_place(decided: str, count: Count | None) -> None:
    """A rate is there to stop a flood, and a flood of questions is one."""
    assert ruling(case("cancel_plan", {}, "cancel my plan", by=TWICE, count=count, decided=decided)).verdict == "refuse"


def test_a_tool_without_a_rate_needs_no_count() -> None:
    """Nothing is read for it either."""
    assert call_rate.decide(case("add_note", by=TWICE, count=None)).verdict == "run"


@pytest.mark.parametrize(("before", "verdict"), [(0, "run"), (1, "run"), (2, "refuse"), (3, "refuse")])
def test_a_dry_run_counts_its_history(before: int, verdict: str) -> None:
    """Every call of the tool there counts as lately, a failed one too; other tools do not."""
    past: list[dict[str, Any]] = [{"tool": "cancel_plan", "ok": number != 1} for number in range(before)]
    past += [{"tool": "list_files", "output": []}] * 5
    asked = {"instruction": "cancel my plan", "principal": {"id": "ana", "tenant": "acme", "kind": "person"}}
    line = json.dumps({"request": asked, "history": past, "call": {"name": "cancel_plan", "arguments": {}}})
    assert json.loads(dry_run.answer(TWICE, TOOLS, line, NOW))["verdict"] == verdict
