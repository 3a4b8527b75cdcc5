"""An agent stays inside the tools that it lists."""

import pytest
from tollgate.models.agent import Agent
from tollgate.screening.rules import tool_boundary

from tests.unit.screening_cases import agent, by_name, case, ruling, tool

READER = agent(by_name(tool("lookup_vendor"), tool("read_mail")))
WRITER = agent(by_name(tool("lookup_vendor"), tool("cancel_plan", "write")))


@pytest.mark.parametrize(
    ("by", "name", "verdict"),
    [
        (READER, "lookup_vendor", "run"),
        (READER, "pay", "refuse"),
        (READER, "delete_file", "refuse"),
        (READER, "list_files", "refuse"),
        (READER, "no_such_tool", "run"),
        (WRITER, "cancel_plan", "run"),
        (WRITER, "pay", "refuse"),
    ],
)
def test_a_deployed_tool_outside_the_agent_is_refused(by: Agent, name: str, verdict: str) -> None:
    """A name that nobody deployed is `unknown_tool`'s business alone."""
    assert tool_boundary.decide(case(name, by=by)).verdict == verdict


@pytest.mark.parametrize(
    ("by", "name", "effect", "read_only"),
    [(READER, "pay", "write", True), (READER, "list_files", "read", True), (WRITER, "pay", "write", False)],
)
def test_a_refusal_at_the_boundary_is_an_incident(by: Agent, name: str, effect: str, read_only: bool) -> None:
    """The reason carries the mark that raises the alarm, what the tool would have done, and whether the agent reads."""
    reason = tool_boundary.decide(case(name, by=by)).reason
    assert reason is not None
    said = reason.model_dump()
    assert (said["incident"], said["effect"], said["read_only_agent"]) == (True, effect, read_only)


def test_both_boundary_rules_are_in_the_ruling() -> None:
    """The model reads which tools it has, and the record says that the other one exists."""
    said = ruling(case("pay", by=READER))
    assert said.verdict == "refuse"
    assert [reason.rule for reason in said.reasons] == ["unknown_tool", "tool_boundary"]
    assert "Your tools are: lookup_vendor, read_mail." in (said.message_to_model or "")
