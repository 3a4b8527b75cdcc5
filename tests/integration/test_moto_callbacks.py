"""Task tokens on the local AWS: each wakes its task once, while it waits."""

import json
import threading
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint, HeartbeatTimedOut
from moto.stepfunctions.parser.backend.execution import Execution

from local.moto_fixes.callbacks import TOKENS
from tests.integration.moto_probe import DEADLINE_SECONDS, FunctionError, Gate, Probe, in_background, single, task


def refused(call: Any, **arguments: Any) -> str:
    """The error code that `call` answers."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(error.value.response["Error"]["Code"])


def test_success_of_a_waiting_task_becomes_its_output(probe: Probe, gate: Gate) -> None:
    """The JSON that SendTaskSuccess brings is the task's result."""
    arn = probe.start(single(gate.task()))
    probe.sfn.send_task_success(taskToken=gate.token(), output='{"approved": true}')
    assert json.loads(probe.ended(arn)["output"]) == {"approved": True}


def test_failure_of_a_waiting_task_keeps_error_and_cause(probe: Probe, gate: Gate) -> None:
    """Both fields of SendTaskFailure reach the Catch and the history."""
    caught = [{"ErrorEquals": ["Rejected"], "Next": "Caught"}]
    arn = probe.start(single(gate.task(Catch=caught)))
    probe.sfn.send_task_failure(taskToken=gate.token(), error="Rejected", cause="over the limit")
    assert json.loads(probe.ended(arn)["output"]) == {"Error": "Rejected", "Cause": "over the limit"}
    failed = next(event for event in probe.history(arn) if event["type"] == "TaskFailed")
    assert failed["taskFailedEventDetails"]["cause"] == "over the limit"


def test_second_callback_is_refused_and_changes_nothing(probe: Probe, gate: Gate) -> None:
    """The first outcome stands, whatever a later callback says."""
    arn = probe.start(single(gate.task()))
    token = gate.token()
    probe.sfn.send_task_success(taskToken=token, output='"first"')
    assert refused(probe.sfn.send_task_success, taskToken=token, output='"second"') == "TaskTimedOut"
    assert refused(probe.sfn.send_task_failure, taskToken=token, error="Third") == "TaskTimedOut"
    assert refused(probe.sfn.send_task_heartbeat, taskToken=token) == "TaskTimedOut"
    assert probe.ended(arn)["output"] == '"first"'


def test_parallel_callbacks_with_one_token_let_exactly_one_through(probe: Probe, gate: Gate) -> None:
    """Of many callbacks at once one is accepted, and its output is the task's."""
    arn = probe.start(single(gate.task()))
    token, ready = gate.token(), threading.Barrier(8)

    def call(number: int) -> int | None:
        ready.wait(DEADLINE_SECONDS)
        try:
            probe.sfn.send_task_success(taskToken=token, output=str(number))
        except probe.sfn.exceptions.TaskTimedOut:
            return None
        return number

    calls = [in_background(lambda number=number: call(number)) for number in range(8)]  # type: ignore[misc]
    accepted = [number for future in calls if (number := future.result(DEADLINE_SECONDS)) is not None]
    assert [json.loads(probe.ended(arn)["output"])] == accepted


def test_callback_after_the_timeout_is_refused(probe: Probe, gate: Gate) -> None:
    """A task that timed out waits for nobody, although its execution goes on."""
    second = Gate(probe)
    waits = gate.task(TimeoutSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Again"}])
    arn = probe.start({"StartAt": "First", "States": {"First": waits, "Again": second.task()}})
    late, current = gate.token(), second.token()
    assert refused(probe.sfn.send_task_success, taskToken=late, output="1") == "TaskTimedOut"
    probe.sfn.send_task_success(taskToken=current, output="2")
    assert probe.ended(arn)["output"] == "2"


def test_callback_after_the_end_of_the_execution_is_refused(probe: Probe, gate: Gate) -> None:
    """A token outlives its execution only as a refusal."""
    arn = probe.start(single(gate.task()))
    token = gate.token()
    probe.sfn.stop_execution(executionArn=arn)
    assert refused(probe.sfn.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


@pytest.mark.parametrize("action", ["send_task_success", "send_task_failure", "send_task_heartbeat"])
def test_unknown_token_is_invalid(probe: Probe, action: str) -> None:
    """A token that was never handed out answers InvalidToken."""
    output = {"output": "1"} if action == "send_task_success" else {}
    assert refused(getattr(probe.sfn, action), taskToken="made-up", **output) == "InvalidToken"


@pytest.mark.parametrize("output", ["not json", "{'a': 1}", "NaN", ""])
def test_output_that_is_not_json_is_refused_and_the_task_waits_on(probe: Probe, gate: Gate, output: str) -> None:
    """InvalidOutput does not use the token up."""
    arn = probe.start(single(gate.task()))
    token = gate.token()
    assert refused(probe.sfn.send_task_success, taskToken=token, output=output) == "InvalidOutput"
    probe.sfn.send_task_success(taskToken=token, output="1")
    assert probe.ended(arn)["output"] == "1"


def test_callback_while_another_execution_starts_is_accepted(
    probe: Probe, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution that is being started disturbs nobody else's callback."""
    arn = probe.start(single(gate.task()))
    starting_now, go_on = threading.Event(), threading.Event()
    other = probe.machine(single({"Type": "Pass", "End": True}))
    original = Execution._get_start_execution_worker

    def held(execution: Any) -> Any:
        starting_now.set()
        assert go_on.wait(DEADLINE_SECONDS)
        return original(execution)

    monkeypatch.setattr(Execution, "_get_start_execution_worker", held)
    start = in_background(lambda: probe.sfn.start_execution(stateMachineArn=other))
    assert starting_now.wait(DEADLINE_SECONDS)
    probe.sfn.send_task_success(taskToken=gate.token(), output="1")
    assert probe.ended(arn)["output"] == "1"
    go_on.set()
    assert probe.ended(start.result(DEADLINE_SECONDS)["executionArn"])["status"] == "SUCCEEDED"


def test_retried_task_gets_a_fresh_token(probe: Probe, gate: Gate) -> None:
    """Every attempt has its own token, and only the last one's wakes the task."""
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0}]
    arn = probe.start(single(gate.task(Retry=retry)))
    first = gate.token()
    probe.sfn.send_task_failure(taskToken=first, error="Again")
    second = gate.token()
    assert first != second
    assert refused(probe.sfn.send_task_success, taskToken=first, output="1") == "TaskTimedOut"
    probe.sfn.send_task_success(taskToken=second, output="2")
    assert probe.ended(arn)["output"] == "2"


def test_token_of_a_failed_function_is_dead(probe: Probe, gate: Gate) -> None:
    """If the function that got the token fails, the task never waits for it."""
    tokens: list[str] = []

    def fail(payload: Any) -> None:
        tokens.append(payload["token"])
        raise FunctionError({"errorType": "Broken", "errorMessage": "no card"})

    state = gate.task(Catch=[{"ErrorEquals": ["Broken"], "Next": "Again"}])
    state["Parameters"]["FunctionName"] = probe.functions.define(fail)
    arn = probe.start({"StartAt": "First", "States": {"First": state, "Again": gate.task()}})
    current = gate.token()
    assert refused(probe.sfn.send_task_success, taskToken=tokens[0], output="1") == "TaskTimedOut"
    probe.sfn.send_task_success(taskToken=current, output="2")
    assert probe.ended(arn)["output"] == "2"


def test_heartbeats_keep_a_task_waiting_and_a_missed_one_fails_it(probe: Probe, gate: Gate) -> None:
    """The clock starts again with every beat; when it runs out the error is States.HeartbeatTimeout."""
    caught = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
    arn = probe.start(single(gate.task(HeartbeatSeconds=1, TimeoutSeconds=60, Catch=caught)))
    token = gate.token()
    probe.sfn.send_task_heartbeat(taskToken=token)
    assert json.loads(probe.ended(arn)["output"])["Error"] == "States.HeartbeatTimeout"
    assert refused(probe.sfn.send_task_heartbeat, taskToken=token) == "TaskTimedOut"


def test_missed_heartbeat_also_meets_a_catch_of_timeouts(probe: Probe, gate: Gate) -> None:
    """States.Timeout covers heartbeats, as it did before they had a name."""
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    description = probe.run(single(gate.task(HeartbeatSeconds=1, TimeoutSeconds=60, Catch=caught)))
    assert json.loads(description["output"])["Error"] == "States.HeartbeatTimeout"


def test_five_hundred_executions_wait_at_a_token_and_all_go_on(probe: Probe, gate: Gate) -> None:
    """A gate holds hundreds of executions at once, each woken by its own token."""
    machine = probe.machine(single(gate.task()))
    arns = [probe.sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(500)]
    tokens = {gate.token() for _ in arns}
    assert len(tokens) == 500
    for token in tokens:
        probe.sfn.send_task_success(taskToken=token, output="1")
    ends = [probe.statuses.wait_for(arn, 2)[-1]["detail"] for arn in arns]
    assert {(end["status"], end["output"]) for end in ends} == {("SUCCEEDED", "1")}


def test_other_tasks_are_not_given_a_token(probe: Probe) -> None:
    """A request-response task fails if it asks for a token."""
    state = task(probe.functions.define(lambda payload: payload))
    state["Parameters"] = {"FunctionName": "any", "Payload": {"token.$": "$$.Task.Token"}}
    assert probe.run(single(state))["error"] == "States.Runtime"


class Environment:
    """What a token asks of its task's environment."""

    def __init__(self, running: bool) -> None:
        self.running = running

    def is_running(self) -> bool:
        return self.running


def endpoint_of(environment: Environment) -> Any:
    """A registered token whose task is about to wait."""
    endpoint: Any = CallbackEndpoint(uuid.uuid4().hex)
    endpoint.environment = environment
    TOKENS.add(endpoint)
    return endpoint


def test_wait_that_ended_without_a_callback_accepts_none(probe: Probe) -> None:
    """The end of the wait closes the token in the same step, before the task reports its timeout."""
    endpoint = endpoint_of(Environment(running=True))
    assert endpoint.wait(timeout=0) is None
    assert refused(probe.sfn.send_task_success, taskToken=endpoint.callback_id, output="1") == "TaskTimedOut"
    assert endpoint.get_outcome() is None


def test_wait_returns_what_was_accepted_before(probe: Probe) -> None:
    """A callback that was faster than the wait is not lost."""
    endpoint = endpoint_of(Environment(running=True))
    probe.sfn.send_task_success(taskToken=endpoint.callback_id, output="1")
    assert endpoint.wait(timeout=0).output == "1"


def test_wait_in_a_stopped_execution_does_not_begin(probe: Probe) -> None:
    """A task that reaches its wait after StopExecution woke everyone is not left behind."""
    waited = in_background(lambda: endpoint_of(Environment(running=False)).wait(timeout=DEADLINE_SECONDS * 2))
    assert waited.result(DEADLINE_SECONDS) is None


def test_missed_heartbeat_closes_the_token_in_the_same_step(probe: Probe) -> None:
    """Between the last beat and the report of the timeout no callback is accepted."""
    environment = Environment(running=True)
    endpoint = endpoint_of(environment)
    wait: Any = StateTaskServiceLambda()._wait_for_task_token_heartbeat  # type: ignore[no-untyped-call]
    heartbeat = endpoint.setup_heartbeat_endpoint(heartbeat_seconds=0)
    outcome = wait(environment, endpoint, heartbeat)
    assert isinstance(outcome, HeartbeatTimedOut)
    assert refused(probe.sfn.send_task_success, taskToken=endpoint.callback_id, output="1") == "TaskTimedOut"
