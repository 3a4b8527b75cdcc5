"""The product's own state machine on the local AWS: every path of it, with scripted functions."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.integration.moto_probe import DEADLINE_SECONDS, FunctionError, Gate, Probe

DEFINITION = (Path(__file__).parents[2] / "statemachines" / "agent.asl.json").read_text()


class Script:
    """The agent's tasks as one function each; screening follows the given verdicts, in order."""

    def __init__(self, probe: Probe, gate: Gate, *verdicts: dict[str, Any]) -> None:
        self.probe, self.gate, self.verdicts = probe, gate, list(verdicts)
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {
            "AdmitRequest": lambda payload: {"execution": payload["execution"], "step": 0},
            "Reason": lambda payload: {"execution": payload["execution"], "step": payload["step"] + 1},
            "ScreenProposal": self._screen,
            "EscalateApproval": lambda payload: {**payload, "wait_seconds": 0},
            "ConcludeExecution": lambda payload: {"execution": payload["execution"], "outcome": "completed"},
            "WindDown": self._limit_reached,
        }

    def function(self, task: str) -> str:
        """The name of the task's function, which notes its payloads."""

        def noted(payload: Any) -> Any:
            self.calls.append((task, payload))
            return self.answers[task](payload)

        return self.probe.functions.define(noted)

    def tool(self, name: str, **call: Any) -> dict[str, Any]:
        """A call in the shape that screening hands to the machine."""
        return {"id": name, "function": self.function(name), "effect": "read", "timeout_seconds": 5, **call}

    def start(self) -> str:
        names = {task: self.function(task) for task in self.answers if f"${{{task}FunctionArn}}" in DEFINITION}
        names["RequestApproval"] = self.gate.name
        filled = re.sub(r"\$\{(\w+)FunctionArn\}", lambda found: names[found[1]], DEFINITION)
        return self.probe.start(json.loads(filled), {"run_id": "exe-1"})

    def called(self) -> list[str]:
        return [task for task, _ in self.calls]

    def _screen(self, payload: Any) -> Any:
        nothing = {"calls": [], "asks": [], "concurrency": 40}
        return {"execution": payload["execution"], "step": payload["step"], **nothing, **self.verdicts.pop(0)}

    def _limit_reached(self, payload: Any) -> Any:
        raise FunctionError({"errorType": "LimitReachedError", "errorMessage": "steps"})


@pytest.fixture
def script(probe: Probe, gate: Gate) -> Any:
    """Makes a script for the given verdicts."""
    return lambda *verdicts: Script(probe, gate, *verdicts)


def tool_result(payload: Any) -> Any:
    return {"id": payload["call"], "status": "done"}


def test_run_with_two_reads_ends_with_the_answer(probe: Probe, script: Any) -> None:
    """Run, answer: two tools in parallel, then the conclusion."""
    run = script()
    both = threading.Barrier(2)

    def together(payload: Any) -> Any:
        both.wait(DEADLINE_SECONDS)
        return tool_result(payload)

    run.answers.update(c0=together, c1=together)
    run.verdicts = [{"verdict": "run", "calls": [run.tool("c0"), run.tool("c1")]}, {"verdict": "answer"}]
    described = probe.ended(run.start())
    assert json.loads(described["output"])["outcome"] == "completed"
    reasoned = [payload for task, payload in run.calls if task == "Reason"]
    assert reasoned[1]["results"] == [{"id": "c0", "status": "done"}, {"id": "c1", "status": "done"}]
    assert (reasoned[0]["step"], reasoned[1]["step"]) == (0, 1)


def test_auto_call_costs_five_transitions_and_twenty_three_events(probe: Probe, script: Any) -> None:
    """What a turn with one call costs is the design's number, because that is what AWS bills."""
    costs = []
    for turns in (1, 2):
        run = script()
        run.answers.update(c0=tool_result)
        run.verdicts = [{"verdict": "run", "calls": [run.tool("c0")]} for _ in range(turns)] + [{"verdict": "answer"}]
        arn = run.start()
        assert probe.ended(arn)["status"] == "SUCCEEDED"
        events = probe.event_types(arn)
        costs.append((sum(event.endswith("StateEntered") for event in events), len(events)))
    (one_turn, two_turns) = costs
    assert (two_turns[0] - one_turn[0], two_turns[1] - one_turn[1]) == (5, 23)


def test_gated_call_waits_for_its_approval(probe: Probe, gate: Gate, script: Any) -> None:
    """Ask, run, answer: the machine waits at the gate and screens again after it."""
    run = script()
    run.answers.update(c0=tool_result)
    ask = {"verdict": "ask", "asks": [{"id": "c0", "wait_seconds": 60}]}
    run.verdicts = [ask, {"verdict": "run", "calls": [run.tool("c0")], "concurrency": 1}, {"verdict": "answer"}]
    arn = run.start()
    probe.sfn.send_task_success(taskToken=gate.token(), output="{}")
    assert json.loads(probe.ended(arn)["output"])["outcome"] == "completed"
    assert run.called().count("ScreenProposal") == 3
    assert run.called().count("Reason") == 2


def test_gate_that_expires_is_escalated(probe: Probe, gate: Gate, script: Any) -> None:
    """Nobody answers in `wait_seconds`: EscalateApproval decides, and the machine goes on."""
    ask = {"verdict": "ask", "asks": [{"id": "c0", "wait_seconds": 1}]}
    run = script(ask, {"verdict": "answer"})
    arn = run.start()
    gate.token()
    assert probe.ended(arn)["status"] == "SUCCEEDED"
    escalated = next(payload for task, payload in run.calls if task == "EscalateApproval")
    assert (escalated["call"], escalated["error"]) == ("c0", "States.Timeout")


def test_tool_that_is_unavailable_is_replaced_by_its_fallback(probe: Probe, script: Any) -> None:
    """An effect falls back only because the wrapper said that nothing was started."""

    def unavailable(payload: Any) -> Any:
        raise FunctionError({"errorType": "ToolUnavailableError", "errorMessage": "down"})

    run = script()
    run.answers.update(c0=unavailable, c0f=tool_result, c1=unavailable)
    calls = [run.tool("c0", effect="write", fallback=run.tool("c0f")), run.tool("c1", effect="write")]
    run.verdicts = [{"verdict": "run", "calls": calls, "concurrency": 1}, {"verdict": "answer"}]
    assert probe.ended(run.start())["status"] == "SUCCEEDED"
    results = [payload for task, payload in run.calls if task == "Reason"][1]["results"]
    assert results == [
        {"id": "c0f", "status": "done"},
        {"id": "c1", "status": "failed", "error": "ToolUnavailableError"},
    ]


def test_limit_fails_the_execution_and_a_redrive_winds_down_again(probe: Probe, script: Any) -> None:
    """The error is LimitReachedError; redriven, WindDown runs again and leads back to Reason."""
    run = script({"verdict": "limit"}, {"verdict": "answer"})
    arn = run.start()
    described = probe.ended(arn)
    assert (described["status"], described["error"]) == ("FAILED", "LimitReachedError")
    run.answers["WindDown"] = lambda payload: {"execution": payload["execution"], "step": payload["step"] - 1}
    probe.sfn.redrive_execution(executionArn=arn)
    assert probe.ended(arn, attempt=2)["status"] == "SUCCEEDED"
    assert run.called()[-5:] == ["WindDown", "WindDown", "Reason", "ScreenProposal", "ConcludeExecution"]
