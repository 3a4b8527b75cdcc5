"""Executions on the local AWS: names, stopping, history, descriptions and status events."""

import json
import queue
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.moto_fixes import lifecycle
from tests.integration.moto_probe import ACCOUNT, DEADLINE_SECONDS, REGION, Gate, Probe, in_background, single, task

PASS = {"Type": "Pass", "End": True}


def test_unnamed_executions_get_names_of_their_own(probe: Probe) -> None:
    """Two starts without a name are two executions."""
    machine = probe.machine(single(PASS))
    started = [probe.sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2)]
    assert len(set(started)) == 2
    assert {probe.ended(arn)["status"] for arn in started} == {"SUCCEEDED"}


def test_same_name_and_input_while_running_is_the_same_execution(probe: Probe, gate: Gate) -> None:
    """Starting again is safe: the answer is the one of the first start."""
    asked = {"stateMachineArn": probe.machine(single(gate.task())), "name": "once", "input": '{"a": 1}'}
    first, second = probe.sfn.start_execution(**asked), probe.sfn.start_execution(**asked)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    with pytest.raises(probe.sfn.exceptions.ExecutionAlreadyExists):
        probe.sfn.start_execution(**{**asked, "input": '{"a": 2}'})


def test_name_of_a_closed_execution_is_taken(probe: Probe) -> None:
    """A closed execution keeps its name, also against the same input."""
    asked = {"stateMachineArn": probe.machine(single(PASS)), "name": "once", "input": "{}"}
    probe.ended(probe.sfn.start_execution(**asked)["executionArn"])
    with pytest.raises(probe.sfn.exceptions.ExecutionAlreadyExists):
        probe.sfn.start_execution(**asked)


def test_parallel_starts_of_one_name_run_once(probe: Probe, gate: Gate) -> None:
    """Many clients that start the same thing start it once."""
    machine, ready = probe.machine(single(gate.task())), threading.Barrier(12)

    def start() -> str:
        ready.wait(DEADLINE_SECONDS)
        return str(probe.sfn.start_execution(stateMachineArn=machine, name="once", input="{}")["executionArn"])

    starts = [in_background(start) for _ in range(12)]
    (arn,) = {future.result(DEADLINE_SECONDS) for future in starts}
    assert [e["name"] for e in probe.sfn.list_executions(stateMachineArn=machine)["executions"]] == ["once"]
    probe.sfn.send_task_success(taskToken=gate.token(), output="1")
    assert probe.ended(arn)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"name": "a b"}, "InvalidName"), ({"input": "{"}, "InvalidExecutionInput"), ({"name": "x" * 81}, None)],
)
def test_start_refuses_what_aws_refuses(probe: Probe, arguments: dict[str, str], code: str | None) -> None:
    """A bad name or input starts nothing and says so with AWS's code."""
    machine = probe.machine(single(PASS))
    with pytest.raises(ClientError) as error:
        probe.sfn.start_execution(stateMachineArn=machine, **arguments)
    assert error.value.response["Error"]["Code"] == (code or "ValidationException")
    assert probe.sfn.list_executions(stateMachineArn=machine)["executions"] == []


def test_stop_at_a_gate_aborts_at_once_with_error_and_cause(probe: Probe, gate: Gate) -> None:
    """A stopped execution is ABORTED when StopExecution answers; the history ends with that."""
    before = _task_threads()
    arn = probe.start(single(gate.task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])))
    gate.token()
    waiting = _task_threads() - before
    stopped = probe.sfn.stop_execution(executionArn=arn, error="Cancelled", cause="the user left")
    described = probe.describe(arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Cancelled", "the user left")
    assert described["stopDate"] == stopped["stopDate"]
    assert probe.history(arn)[-1]["executionAbortedEventDetails"] == {"error": "Cancelled", "cause": "the user left"}
    assert len(waiting) == 1
    assert _still_there(waiting) == []


def test_stop_during_a_function_lets_it_finish_and_nothing_follows(probe: Probe) -> None:
    """The function that runs ends undisturbed; the next state is never entered and the history stays closed."""
    before = _task_threads()
    entered, leave, finished, followed = (threading.Event() for _ in range(4))

    def slow(payload: Any) -> None:
        entered.set()
        assert leave.wait(DEADLINE_SECONDS)
        finished.set()

    first = task(probe.functions.define(slow), Next="Second")
    second = task(probe.functions.define(lambda payload: followed.set()))
    arn = probe.start({"StartAt": "First", "States": {"First": first, "Second": second}})
    assert entered.wait(DEADLINE_SECONDS)
    running = _task_threads() - before
    probe.sfn.stop_execution(executionArn=arn)
    assert probe.describe(arn)["status"] == "ABORTED"
    closed = probe.history(arn)
    leave.set()
    assert finished.wait(DEADLINE_SECONDS)
    assert _still_there(running) == []
    assert not followed.is_set()
    assert probe.history(arn) == closed
    assert closed[-1]["type"] == "ExecutionAborted"
    assert [event["detail"]["status"] for event in probe.statuses.of(arn)] == ["RUNNING", "ABORTED"]


def test_stop_right_after_the_start_aborts(probe: Probe, gate: Gate) -> None:
    """An execution can be stopped from its first moment."""
    machine = probe.machine(single(gate.task()))
    for _ in range(20):
        arn = probe.sfn.start_execution(stateMachineArn=machine)["executionArn"]
        probe.sfn.stop_execution(executionArn=arn)
        assert probe.describe(arn)["status"] == "ABORTED"


def test_stop_of_a_closed_execution_changes_nothing(probe: Probe) -> None:
    """A success stays a success."""
    arn = probe.start(single(PASS))
    before = probe.ended(arn)
    assert probe.sfn.stop_execution(executionArn=arn)["stopDate"] == before["stopDate"]
    assert probe.describe(arn)["status"] == "SUCCEEDED"


def test_machine_timeout_ends_an_execution_that_waits(probe: Probe, gate: Gate) -> None:
    """The machine's TimeoutSeconds ends it as TIMED_OUT with a stop date, whatever it waits for."""
    before = _task_threads()
    arn = probe.start({**single(gate.task()), "TimeoutSeconds": 1})
    gate.token()
    waiting = _task_threads() - before
    described = probe.ended(arn)
    assert described["status"] == "TIMED_OUT"
    assert described["stopDate"] > described["startDate"]
    assert probe.event_types(arn)[-1] == "ExecutionTimedOut"
    machine = described["stateMachineArn"]
    (listed,) = probe.sfn.list_executions(stateMachineArn=machine, statusFilter="TIMED_OUT")["executions"]
    assert listed["stopDate"] == described["stopDate"]
    assert len(waiting) == 1
    assert _still_there(waiting) == []


@pytest.mark.parametrize("output", ["text", 7, None, {"a": ["b"]}])
def test_described_output_is_json(probe: Probe, output: Any) -> None:
    """DescribeExecution's output can be parsed, whatever its type."""
    described = probe.run(single({"Type": "Pass", "Result": output, "End": True}))
    assert json.loads(described["output"]) == output


def test_history_comes_in_pages_and_in_reverse(probe: Probe) -> None:
    """Pages of maxResults events join to the whole history, in either direction."""
    arn = probe.start(single(PASS))
    probe.ended(arn)
    whole = [event["id"] for event in probe.sfn.get_execution_history(executionArn=arn)["events"]]
    assert whole == [1, 2, 3, 4]
    first = probe.sfn.get_execution_history(executionArn=arn, maxResults=3)
    rest = probe.sfn.get_execution_history(executionArn=arn, maxResults=3, nextToken=first["nextToken"])
    assert [[event["id"] for event in page["events"]] for page in (first, rest)] == [[1, 2, 3], [4]]
    assert "nextToken" not in rest
    backwards = probe.sfn.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)
    assert [event["type"] for event in backwards["events"]] == ["ExecutionSucceeded"]


def test_history_refuses_a_token_that_it_did_not_give(probe: Probe) -> None:
    """A made-up nextToken is InvalidToken, not the first page."""
    arn = probe.start(single(PASS))
    probe.ended(arn)
    with pytest.raises(probe.sfn.exceptions.InvalidToken):
        probe.sfn.get_execution_history(executionArn=arn, nextToken="made-up")


def test_full_history_fails_the_execution(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last event that fits is the failure, with AWS's words."""
    monkeypatch.setattr(lifecycle, "HISTORY_LIMIT", 30)
    endless = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}
    arn = probe.start(endless)
    described = probe.ended(arn)
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert described["cause"] == "The execution reached the maximum number of history events (30)."
    history = probe.history(arn)
    assert (len(history), history[-1]["type"]) == (30, "ExecutionFailed")
    assert described["redriveStatus"] == "REDRIVABLE"


def test_history_holds_as_many_events_as_on_aws() -> None:
    """The limit is AWS's quota."""
    assert lifecycle.HISTORY_LIMIT == 25_000


def test_status_events_have_the_shape_of_eventbridge(probe: Probe) -> None:
    """One event per status, with AWS's envelope and detail."""
    arn = probe.start(single(PASS), {"a": 1})
    running, succeeded = probe.statuses.wait_for(arn, 2)
    assert (running["detail-type"], running["source"]) == ("Step Functions Execution Status Change", "aws.states")
    assert (running["account"], running["region"], running["resources"]) == (ACCOUNT, REGION, [arn])
    described = probe.describe(arn)
    assert running["detail"] == {
        "executionArn": arn,
        "stateMachineArn": described["stateMachineArn"],
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "name": described["name"],
        "status": "RUNNING",
        "startDate": int(described["startDate"].timestamp() * 1000),
        "stopDate": None,
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": None,
        "cause": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
    }
    assert succeeded["detail"]["status"] == "SUCCEEDED"
    assert succeeded["detail"]["stopDate"] == int(described["stopDate"].timestamp() * 1000)
    assert json.loads(succeeded["detail"]["output"]) == {"a": 1}


def test_status_event_of_a_failure_tells_error_and_cause(probe: Probe) -> None:
    """A listener need not ask why."""
    arn = probe.start(single({"Type": "Fail", "Error": "Broken", "Cause": "glass"}))
    failed = probe.statuses.wait_for(arn, 2)[-1]["detail"]
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Broken", "glass")
    assert failed["redriveStatus"] == "REDRIVABLE"


def test_large_input_is_left_out_of_the_status_event(probe: Probe) -> None:
    """Above 248 KB the event says that the data is not included."""
    arn = probe.start(single({"Type": "Pass", "Result": 1, "End": True}), {"text": "x" * 254_000})
    running = probe.statuses.wait_for(arn, 1)[0]["detail"]
    assert (running["input"], running["inputDetails"]) == (None, {"included": False})


def test_execution_can_be_described_when_its_first_event_arrives(probe: Probe) -> None:
    """Who hears of RUNNING finds the execution, in the list too."""
    machine = probe.machine(single(PASS))
    heard: queue.Queue[Any] = queue.Queue()

    def listen(event: dict[str, Any]) -> None:
        if event["detail"]["stateMachineArn"] == machine and event["detail"]["status"] == "RUNNING":
            listed = probe.sfn.list_executions(stateMachineArn=machine)["executions"]
            heard.put(event["detail"]["executionArn"] in {each["executionArn"] for each in listed})

    probe.aws.on_execution_status(listen)
    for _ in range(5):
        probe.sfn.start_execution(stateMachineArn=machine)
    assert [heard.get(timeout=DEADLINE_SECONDS) for _ in range(5)] == [True] * 5


def test_nested_execution_returns_its_output(probe: Probe) -> None:
    """`startExecution.sync:2` waits and hands the output over as JSON."""
    child = probe.machine(single({"Type": "Pass", "Result": {"n": 1}, "End": True}))
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Input": {"a": 1}},
        "ResultSelector": {"output.$": "$.Output", "input.$": "$.Input", "status.$": "$.Status"},
        "End": True,
    }
    described = probe.run(single(start))
    assert json.loads(described["output"]) == {"output": {"n": 1}, "input": {"a": 1}, "status": "SUCCEEDED"}


def test_nested_execution_that_fails_fails_the_task(probe: Probe) -> None:
    """The parent can catch the child's failure."""
    child = probe.machine(single({"Type": "Fail", "Error": "Broken"}))
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child},
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
        "End": True,
    }
    assert json.loads(probe.run(single(start))["output"])["Error"] == "States.TaskFailed"


def test_machine_may_be_created_again_only_as_it_is(probe: Probe) -> None:
    """The same definition is the same machine; another one under its name is refused."""
    asked = {"name": "twice", "definition": json.dumps(single(PASS)), "roleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}
    first, again = (probe.sfn.create_state_machine(**asked)["stateMachineArn"] for _ in range(2))
    assert first == again
    with pytest.raises(probe.sfn.exceptions.StateMachineAlreadyExists):
        probe.sfn.create_state_machine(**{**asked, "definition": json.dumps(single({"Type": "Succeed"}))})


@pytest.mark.parametrize("field", ["TimeoutSeconds", "HeartbeatSeconds"])
@pytest.mark.parametrize("seconds", [0, -1, 1.5])
def test_definition_with_seconds_that_are_no_positive_integer_is_refused(
    probe: Probe, field: str, seconds: float
) -> None:
    """InvalidDefinition, when the machine is created."""
    with pytest.raises(probe.sfn.exceptions.InvalidDefinition):
        probe.machine(single(task("any", **{field: seconds})))


@pytest.mark.parametrize("seconds", [0.5, 0, -3, True, "5"])
def test_timeout_by_path_must_lead_to_a_positive_integer(probe: Probe, seconds: Any) -> None:
    """Anything else fails the state with States.Runtime; the function is not called."""
    called: list[Any] = []
    state = task(probe.functions.define(called.append), TimeoutSecondsPath="$.seconds")
    described = probe.run(single(state), {"seconds": seconds})
    assert (described["status"], described["error"], called) == ("FAILED", "States.Runtime", [])


def test_timeout_by_path_ends_a_task(probe: Probe, gate: Gate) -> None:
    """A positive integer is the task's timeout."""
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    described = probe.run(single(gate.task(TimeoutSecondsPath="$.seconds", Catch=caught)), {"seconds": 1})
    assert json.loads(described["output"])["Error"] == "States.Timeout"


def _task_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "_exec_and_notify" in thread.name}


def _still_there(threads: set[threading.Thread]) -> list[threading.Thread]:
    """Those of the task threads that do not end, although they are given time."""
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    return [thread for thread in threads if thread.is_alive()]
