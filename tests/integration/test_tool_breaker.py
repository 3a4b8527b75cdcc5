"""The breaker of a tool over all executions, on a ledger in this process and on powertools' own state."""

import time
from typing import Any

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import base
from tollgate.errors import CallUnfinishedError, ToolUnavailableError
from tollgate.store.dynamodb import Table
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


def test_failures_of_many_processes_add_up(tools: ToolWorld) -> None:
    """Each failure in a process of its own, as when Lambda starts one per call: the fourth call is not started."""
    tool = manifest(name="scattered")
    for _ in range(3):
        tools.cleared(tool).run(Scripted([DOWN]), process("scattered", failures=3))
    held, runner = tools.cleared(tool), Scripted(["fine"])
    held.run(runner, process("scattered", failures=3))
    assert runner.seen == []
    assert "it failed many times in a row" in held.result.message


def test_success_in_any_process_ends_the_row(tools: ToolWorld) -> None:
    """A tool that fails now and then is not down: two failures, a success elsewhere, two failures."""
    tool = manifest(name="flaky")
    for outcome in (DOWN, DOWN, "fine", DOWN, DOWN):
        tools.cleared(tool).run(Scripted([outcome]), process("flaky", failures=3))
    held = tools.cleared(tool)
    held.run(Scripted(["fine"]), process("flaky", failures=3))
    assert held.result.value == "fine"


def test_success_that_follows_in_the_same_process_ends_the_row(tools: ToolWorld) -> None:
    """The process remembers its own failure longer than its picture of the breaker."""
    tool, breaker = manifest(name="steady"), process("steady", failures=3)
    for outcome in (DOWN, DOWN, "fine", DOWN, DOWN, "fine"):
        held = tools.cleared(tool)
        held.run(Scripted([outcome]), breaker)
    assert held.result.value == "fine"


def test_call_left_to_a_person_counts_as_a_failure(tools: ToolWorld) -> None:
    """An effect that times out and never repeats says that the tool is down, and still reaches its person."""
    tool = manifest(name="silent", effect="write", sinks=[["item"]], on_retry="never")
    for _ in range(2):
        with pytest.raises(CallUnfinishedError, match="nobody knows"):
            tools.cleared(tool).run(Scripted([CallUnfinishedError("nobody knows")]), process("silent"))
    held = tools.cleared(tool)
    held.run(Scripted(["fine"]), process("silent"))
    assert "it failed many times in a row" in held.result.message


def test_healthy_tool_writes_nothing_about_its_breaker(tools: ToolWorld) -> None:
    """No item comes to be by calls that work."""
    tool, breaker = manifest(name="healthy"), process("healthy")
    for _ in range(2):
        tools.cleared(tool).run(Scripted(["fine"]), breaker)
    key = {"tool_execution": "BREAKER#healthy", "step_call": "healthy"}
    assert Table(CALLS).get(key) is None


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


def test_processes_that_died_open_it(tools: ToolWorld) -> None:
    """A tool that takes its process down reports nothing itself: each start after such an end counts one."""
    tool = manifest(name="crashes")
    for _ in range(2):
        held = tools.cleared(tool)
        held.leave_started()
        held.run(Scripted([DOWN]), process("crashes", failures=4))
    held, runner = tools.cleared(tool), Scripted(["fine"])
    held.run(runner, process("crashes", failures=2))
    assert runner.seen == []
    assert "it failed many times in a row" in held.result.message


def test_process_that_died_once_is_forgotten_after_a_success(tools: ToolWorld) -> None:
    """A deployment that ends a process in the middle of a call is no outage."""
    tool = manifest(name="redeployed")
    for _ in range(3):
        held = tools.cleared(tool)
        held.leave_started()
        held.run(Scripted(["fine"]), process("redeployed", failures=2))
    held = tools.cleared(tool)
    held.run(Scripted(["fine"]), process("redeployed", failures=2))
    assert held.result.value == "fine"


def test_call_that_an_earlier_process_began_is_finished_all_the_same(tools: ToolWorld) -> None:
    """An open breaker does not leave a half-done effect half done."""
    tool = manifest(name="begun", effect="write", sinks=[["item"]], on_retry="keyed")
    open_it(tools, tool)
    held = tools.cleared(tool)
    held.leave_started()
    held.run(Scripted(["finished"]), process("begun"))
    assert held.result.value == "finished"
