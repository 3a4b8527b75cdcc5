"""When failure leads to failure, and how the chain is named."""

from typing import Any

import pytest
from tollgate.cascade import chain
from tollgate.models.execution import Execution, Limits
from tollgate.models.principal import Principal
from tollgate.summary import summarise

from tests.unit.turns import did, history


def failed(tool: str, number: int = 1, error: str = "ValueError", **more: Any) -> Any:
    return did(tool, "no", error=error, number=number, **more)


def named(*steps: Any, resumed: Any = ()) -> list[str]:
    past = history(*steps)
    return chain(past, len(past) + 1, resumed)


MODIFIED = [failed("find", number) for number in range(5)]
TOOLS = [failed(name) for name in ("a", "b", "c", "d", "e")]


@pytest.mark.parametrize("steps", [MODIFIED, TOOLS])
def test_five_failing_turns_of_different_calls_are_a_cascade(steps: list[Any]) -> None:
    """One call in ever new forms, or one tool after the other; every link is named."""
    found = named(*steps)
    assert len(found) == 5
    assert found[0] == f'step 1 {steps[0][0]} {{"number": {steps[0][1]["number"]}}} (ValueError)'


def test_four_are_not() -> None:
    """A person would try as often."""
    assert named(*MODIFIED[:4]) == []


def test_success_in_between_breaks_the_chain() -> None:
    """What works is progress."""
    assert named(*MODIFIED[:3], did("find", number=9), *MODIFIED[3:]) == []
    assert named(*MODIFIED[:3], [failed("find", 7), did("read")], *MODIFIED[3:]) == []


def test_same_call_failing_is_not_a_cascade() -> None:
    """Sent unchanged it meets the limit of failures; nothing leads to anything."""
    assert named(*[failed("find")] * 6) == []


def test_refused_calls_are_links_too() -> None:
    """Arguments that are changed again and again and never fit."""
    refused = [failed("find", number, error="argument_schema", ran=False) for number in range(5)]
    assert len(named(*refused)) == 5


@pytest.mark.parametrize("no", ["rejected_by_person", "approval_expired", "deny_cache"])
def test_what_a_person_refused_is_no_failure(no: str) -> None:
    """A person's answer ends a chain like any other."""
    assert named(*MODIFIED[:4], failed("pay", error=no, ran=False)) == []


def test_redriven_run_starts_without_a_chain() -> None:
    """What was before the limit does not count again."""
    assert named(*MODIFIED, resumed={6}) == []
    assert named(*MODIFIED, failed("find", 7), resumed={6}) == []


def test_summary_names_the_chain() -> None:
    """The person who reads the end knows which tools led where."""
    execution = Execution(
        execution_id="exe-1", agent="a", agent_digest="d", created_at=0, input={}, step=6,
        principal=Principal(id="ana", tenant="acme", kind="person"),
        limits=Limits(tokens=9, usd=1, steps=9, active_seconds=9, deadline_seconds=9),
    )  # fmt: skip
    text = summarise(execution, history(*TOOLS), "cascade")
    assert 'The chain: step 1 a {"number": 1} (ValueError); then step 2 b' in text
