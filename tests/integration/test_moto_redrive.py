"""RedriveExecution on the local AWS: the same execution goes on where it failed."""

import datetime
import json
import threading
from typing import Any

import pytest
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local import redrive
from local.redrive import ReentryPoint, reentry_point
from tests.integration.moto_probe import ACCOUNT, DEADLINE_SECONDS, REGION, FunctionError, Gate, Probe, single, task


class Flaky:
    """A function that fails until it is repaired, and notes every payload."""

    def __init__(self) -> None:
        self.broken, self.payloads = True, list[Any]()

    def __call__(self, payload: Any) -> Any:
        self.payloads.append(payload)
        if self.broken:
            raise FunctionError({"errorType": "Broken"})
        return {"done": True}


def two_steps(probe: Probe, first: Any, second: Any) -> dict[str, Any]:
    """A machine whose second state gets what the first put out."""
    states = {
        "First": task(probe.functions.define(first), Next="Second"),
        "Second": task(probe.functions.define(second)),
    }
    return {"StartAt": "First", "States": states}


def stored(arn: str) -> Any:
    """The execution object behind the API, to make it older or longer than a test can wait for."""
    return stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(arn)


def test_failed_execution_goes_on_at_the_failed_state(probe: Probe) -> None:
    """What succeeded is not repeated; the failed state gets its recorded input; the ARN stays."""
    first, second = Flaky(), Flaky()
    first.broken = False
    arn = probe.start(two_steps(probe, first, second), {"a": 1})
    failed = probe.ended(arn)
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    second.broken = False
    asked = probe.sfn.redrive_execution(executionArn=arn)
    described = probe.ended(arn, attempt=2)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"done": True})
    assert (described["redriveCount"], described["redriveDate"]) == (1, asked["redriveDate"])
    assert "error" not in described
    assert first.payloads == [{"a": 1}]
    assert second.payloads == [{"done": True}, {"done": True}]


def test_redriven_history_goes_on_after_the_old_one(probe: Probe) -> None:
    """The old events stay, ExecutionRedriven follows, and the ids count on."""
    flaky = Flaky()
    arn = probe.start(single(task(probe.functions.define(flaky))))
    probe.ended(arn)
    before = probe.history(arn)
    flaky.broken = False
    probe.sfn.redrive_execution(executionArn=arn)
    probe.ended(arn, attempt=2)
    after = probe.history(arn)
    assert after[: len(before)] == before
    assert after[len(before)]["type"] == "ExecutionRedriven"
    assert after[len(before)]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert [event["id"] for event in after] == list(range(1, len(after) + 1))
    assert after[-1]["type"] == "ExecutionSucceeded"


def test_every_redrive_is_counted_in_the_context_and_announced(probe: Probe) -> None:
    """`$$.Execution.RedriveCount` and the status events tell how often."""
    flaky = Flaky()
    state = task(probe.functions.define(flaky))
    state["Parameters"]["Payload"] = {"redrives.$": "$$.Execution.RedriveCount", "started.$": "$$.Execution.StartTime"}
    del state["Parameters"]["Payload.$"]
    arn = probe.start(single(state))
    for attempt in (1, 2, 3):
        probe.ended(arn, attempt)
        if attempt < 3:
            probe.sfn.redrive_execution(executionArn=arn)
    assert [payload["redrives"] for payload in flaky.payloads] == [0, 1, 2]
    (started,) = {payload["started"] for payload in flaky.payloads}
    assert datetime.datetime.fromisoformat(started) == probe.describe(arn)["startDate"]
    events = [(event["detail"]["status"], event["detail"]["redriveCount"]) for event in probe.statuses.of(arn)]
    assert events == [(status, count) for count in (0, 1, 2) for status in ("RUNNING", "FAILED")]


def test_execution_aborted_at_a_gate_asks_again(probe: Probe, gate: Gate) -> None:
    """The redriven gate has a token of its own; the old one stays dead."""
    arn = probe.start(single(gate.task()))
    old = gate.token()
    probe.sfn.stop_execution(executionArn=arn)
    probe.sfn.redrive_execution(executionArn=arn)
    new = gate.token()
    assert probe.describe(arn)["status"] == "RUNNING"
    with pytest.raises(probe.sfn.exceptions.TaskTimedOut):
        probe.sfn.send_task_success(taskToken=old, output="1")
    probe.sfn.send_task_success(taskToken=new, output="2")
    assert probe.ended(arn, attempt=2)["output"] == "2"


def test_function_of_the_old_attempt_writes_nothing_into_the_new_one(probe: Probe) -> None:
    """An attempt that was stopped and still runs neither ends nor continues the redriven execution."""
    entered, leave = threading.Semaphore(0), threading.Event()
    second: list[Any] = []

    def slow(payload: Any) -> str:
        entered.release()
        assert leave.wait(DEADLINE_SECONDS)
        return "late"

    arn = probe.start(two_steps(probe, slow, second.append))
    assert entered.acquire(timeout=DEADLINE_SECONDS)
    probe.sfn.stop_execution(executionArn=arn)
    probe.sfn.redrive_execution(executionArn=arn)
    assert entered.acquire(timeout=DEADLINE_SECONDS)
    leave.set()
    assert probe.ended(arn, attempt=2)["status"] == "SUCCEEDED"
    assert second == ["late"]
    assert probe.event_types(arn).count("TaskSucceeded") == 2


def test_timed_out_execution_has_its_whole_time_again(probe: Probe, gate: Gate) -> None:
    """TIMED_OUT may be redriven, and the machine's timeout starts anew."""
    arn = probe.start({**single(gate.task()), "TimeoutSeconds": 1})
    gate.token()
    probe.ended(arn)
    probe.sfn.redrive_execution(executionArn=arn)
    probe.sfn.send_task_success(taskToken=gate.token(), output="1")
    assert probe.ended(arn, attempt=2)["status"] == "SUCCEEDED"


def test_failed_map_runs_again_as_a_whole(probe: Probe) -> None:
    """The top-level state is entered again with its own input, not with an iteration's."""
    flaky = Flaky()
    inner = {"StartAt": "Inner", "States": {"Inner": task(probe.functions.define(flaky))}}
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **inner}
    arn = probe.start(single({"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}), [7, 8])
    probe.ended(arn)
    flaky.broken = False
    probe.sfn.redrive_execution(executionArn=arn)
    assert json.loads(probe.ended(arn, attempt=2)["output"]) == [{"done": True}] * 2
    assert flaky.payloads == [7, 7, 8]


def test_same_client_token_redrives_once(probe: Probe) -> None:
    """A repeated request answers the same and starts nothing."""
    flaky = Flaky()
    arn = probe.start(single(task(probe.functions.define(flaky))))
    probe.ended(arn)
    first = probe.sfn.redrive_execution(executionArn=arn, clientToken="once")
    probe.ended(arn, attempt=2)
    again = probe.sfn.redrive_execution(executionArn=arn, clientToken="once")
    assert again["redriveDate"] == first["redriveDate"]
    assert (probe.describe(arn)["redriveCount"], len(flaky.payloads)) == (1, 2)


def refused(probe: Probe, arn: str, reason: str) -> None:
    """RedriveExecution refuses for the reason that DescribeExecution tells."""
    described = probe.describe(arn)
    assert (described["redriveStatus"], described["redriveStatusReason"]) == ("NOT_REDRIVABLE", reason)
    with pytest.raises(probe.sfn.exceptions.ExecutionNotRedrivable, match=reason):
        probe.sfn.redrive_execution(executionArn=arn)
    assert probe.describe(arn)["status"] == described["status"]


def test_running_execution_is_not_redriven(probe: Probe, gate: Gate) -> None:
    """What runs needs no redrive."""
    arn = probe.start(single(gate.task()))
    refused(probe, arn, "Execution is RUNNING and cannot be redriven")


def test_succeeded_execution_is_not_redriven(probe: Probe) -> None:
    """What succeeded stays."""
    arn = probe.start(single({"Type": "Pass", "End": True}))
    probe.ended(arn)
    refused(probe, arn, "Execution is SUCCEEDED and cannot be redriven")


def test_execution_that_ended_long_ago_is_not_redriven(probe: Probe) -> None:
    """After 14 days it is too late."""
    arn = probe.start(single({"Type": "Fail"}))
    probe.ended(arn)
    stored(arn).stop_date -= datetime.timedelta(days=14)
    refused(probe, arn, "Execution redrivable period exceeded")


def test_execution_with_a_full_history_is_not_redriven(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """There must be room for the redrive and one event more: fewer than 24,999."""
    assert redrive.REDRIVABLE_EVENTS == 24_999
    arn = probe.start(single({"Type": "Fail"}))
    probe.ended(arn)
    monkeypatch.setattr(redrive, "REDRIVABLE_EVENTS", len(probe.history(arn)) + 1)
    assert probe.describe(arn)["redriveStatus"] == "REDRIVABLE"
    monkeypatch.setattr(redrive, "REDRIVABLE_EVENTS", len(probe.history(arn)))
    refused(probe, arn, "Execution history event limit exceeded")


def test_unknown_execution_is_not_found(probe: Probe) -> None:
    """An ARN that names nothing is ExecutionDoesNotExist."""
    with pytest.raises(probe.sfn.exceptions.ExecutionDoesNotExist):
        probe.sfn.redrive_execution(executionArn=f"arn:aws:states:{REGION}:{ACCOUNT}:execution:none:none")


STARTED = {"executionStartedEventDetails": {"input": '{"a": 1}'}}
TWO_STATES = {"StartAt": "A", "States": {"A": {"Next": "B"}, "B": {"End": True}, "C": {"Type": "Choice"}}}


def entered(name: str, document: str) -> dict[str, Any]:
    return {"stateEnteredEventDetails": {"name": name, "input": document}}


def left(name: str, document: str) -> dict[str, Any]:
    return {"stateExitedEventDetails": {"name": name, "output": document}}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], ReentryPoint("A", {"a": 1})),
        ([entered("A", "1")], ReentryPoint("A", 1)),
        ([entered("A", "1"), left("A", "2")], ReentryPoint("B", 2)),
        ([entered("A", "1"), left("A", "2"), entered("B", "3")], ReentryPoint("B", 3)),
        ([entered("A", "1"), entered("inner", "9"), left("inner", "8")], ReentryPoint("A", 1)),
        ([entered("C", "4"), left("C", "4")], ReentryPoint("C", 4)),
    ],
)
def test_execution_goes_on_where_its_history_stops(events: list[dict[str, Any]], expected: ReentryPoint) -> None:
    """At the state that was entered and not left, else after the last one; inner states do not count."""
    assert reentry_point(TWO_STATES, [STARTED, *events]) == expected
