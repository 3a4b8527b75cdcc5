"""The breaker of a tool over all executions, on a ledger in this process and on powertools' own state."""

import time
from typing import Any

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import base
from tollgate.errors import ToolUnavailableError
from tollgate.tool_runtime.breaker import Breaker

from tests.integration.tool_world import CALLS, Scripted, ToolWorld, manifest, tools

__all__ = ["tools"]

DOWN = ToolUnavailableError("down")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds to add to powertools' clock, which has no other seam."""
    ahead = [0.0]
    monkeypatch.setattr(base.CircuitBreakerHandler, "_now", staticmethod(lambda: int(time.time() + ahead[0])))
    return ahead


def process(tool: str, failures: int = 2) -> Breaker:
    """A process's own breaker of the tool: as another Lambda environment would have it."""
    base._LOCAL_FAILURES.clear()
    base._LAST_OBSERVED_STATE.clear()
    base._PROBE_OWNER.__dict__.clear()
    return Breaker(tool, CALLS, failures=failures, recovery_seconds=30)


def open_it(tools: ToolWorld, tool: Any) -> None:
    breaker = process(tool.name)
    for _ in range(2):
        tools.cleared(tool).run(Scripted([DOWN]), breaker)


def test_failures_in_a_row_open_the_breaker_for_every_process(tools: ToolWorld) -> None:
    """The next call, in another process, is over at once, was not started, and says why."""
    tool = manifest(name="opens")
    open_it(tools, tool)
    held, runner = tools.cleared(tool), Scripted(["fine"])
    held.run(runner, process("opens"))
    assert runner.seen == []
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)
    assert "it failed many times in a row" in held.result.message


def test_open_breaker_lets_the_fallback_run_even_for_an_effect(tools: ToolWorld) -> None:
    """Nothing was started, so the state machine may ask the fallback."""
    tool = manifest(name="falls", effect="write", sinks=[["item"]], fallback="archive")
    breaker = process("falls")
    for _ in range(3):
        with pytest.raises(ToolUnavailableError):
            tools.cleared(tool).run(Scripted([DOWN]), breaker)
    with pytest.raises(ToolUnavailableError, match="many times in a row"):
        tools.cleared(tool).run(Scripted(["fine"]), breaker)


def test_one_caller_probes_and_success_closes(tools: ToolWorld, clock: list[float]) -> None:
    """After the recovery time one call runs while others are still refused; if it works, all run again."""
    tool = manifest(name="probes")
    open_it(tools, tool)
    clock[0] = 31.0
    during: list[Any] = []

    def probe(call: Any) -> str:
        owner = dict(base._PROBE_OWNER.__dict__)
        other = tools.cleared(tool)
        other.run(Scripted(["too early"]), process("probes"))
        base._PROBE_OWNER.__dict__.update(owner)
        during.append(other.result.error)
        return "works"

    held = tools.cleared(tool)
    held.run(Scripted([probe]), process("probes"))
    assert during == ["ToolUnavailableError"]
    assert held.result.value == "works"
    after = tools.cleared(tool)
    after.run(Scripted(["again"]), process("probes"))
    assert after.result.value == "again"


def test_failing_probe_opens_it_again(tools: ToolWorld, clock: list[float]) -> None:
    """One failed probe is enough."""
    tool = manifest(name="reopens")
    open_it(tools, tool)
    clock[0] = 31.0
    tools.cleared(tool).run(Scripted([DOWN]), process("reopens"))
    held, runner = tools.cleared(tool), Scripted(["fine"])
    held.run(runner, process("reopens"))
    assert runner.seen == []


def test_wrong_calls_do_not_open_it(tools: ToolWorld) -> None:
    """An error that the tool raised about the call says nothing about the tool's health."""
    tool, breaker = manifest(name="picky"), process("picky")
    for _ in range(4):
        tools.cleared(tool).run(Scripted([ValueError("no such vendor")]), breaker)
    held = tools.cleared(tool)
    held.run(Scripted(["fine"]), breaker)
    assert held.result.value == "fine"


def test_call_that_an_earlier_process_began_is_finished_all_the_same(tools: ToolWorld) -> None:
    """An open breaker does not leave a half-done effect half done."""
    tool = manifest(name="begun", effect="write", sinks=[["item"]], on_retry="keyed")
    open_it(tools, tool)
    held = tools.cleared(tool)
    held.leave_started()
    held.run(Scripted(["finished"]), process("begun"))
    assert held.result.value == "finished"
