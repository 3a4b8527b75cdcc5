"""An agent stays inside the effects that it lists."""

import pytest
from tollgate.models.agent import Agent
from tollgate.screening.rules import effect_boundary

from tests.unit.screening_cases import agent, by_name, case, tool

READER = agent(by_name(tool("lookup_vendor"), tool("read_mail")))
WRITER = agent(by_name(tool("lookup_vendor"), tool("cancel_plan", "write")))


@pytest.mark.parametrize(
    ("by", "name", "verdict"),
    [
        (READER, "lookup_vendor", "run"),
        (READER, "pay", "refuse"),
        (READER, "delete_file", "refuse"),
        (READER, "list_files", "run"),
        (READER, "no_such_tool", "run"),
        (WRITER, "cancel_plan", "run"),
        (WRITER, "pay", "refuse"),
    ],
)
def test_an_effect_outside_the_agent_is_refused(by: Agent, name: str, verdict: str) -> None:
    """Reads and unknown names are other rules' business."""
    assert effect_boundary.decide(case(name, by=by)).verdict == verdict


@pytest.mark.parametrize(("by", "incident"), [(READER, True), (WRITER, False)])
def test_only_a_read_only_agent_that_proposes_an_effect_is_an_incident(by: Agent, incident: bool) -> None:
    """The reason carries the mark that raises the alarm."""
    reason = effect_boundary.decide(case("pay", by=by)).reason
    assert reason is not None
    assert reason.model_dump()["incident"] is incident
