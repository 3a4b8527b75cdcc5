"""Error names on the local AWS: what a failed task reports, and which Retry and Catch it meets."""

import json
import queue
import socket
import threading
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)

from local.moto_fixes.clients import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, TASK_CLIENTS, Endpoints
from tests.integration.moto_probe import DEADLINE_SECONDS, REGION, FunctionError, Gate, Probe, single, task

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def failing(probe: Probe, payload: dict[str, Any]) -> str:
    """A function that answers with an error."""

    def fail(_: Any) -> None:
        raise FunctionError(payload)

    return probe.functions.define(fail)


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"errorType": "ModelThrottledError", "errorMessage": "later"}, "ModelThrottledError"),
        ({"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}, "Runtime.ExitError"),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "timed out after 3.00 seconds"}, "Sandbox.Timedout"),
        ({"errorType": "States.Timeout", "errorMessage": "a name of ASL's own"}, "States.Timeout"),
        ({"errorMessage": "Task timed out after 3.00 seconds"}, "Lambda.Unknown"),
    ],
)
def test_function_error_is_named_by_its_type(probe: Probe, payload: dict[str, Any], error: str) -> None:
    """`errorType` is the error name, and the whole payload the cause."""
    described = probe.run(single(task(failing(probe, payload))))
    assert (described["status"], described["error"]) == ("FAILED", error)
    assert json.loads(described["cause"]) == payload


def test_function_error_meets_the_retry_that_names_it(probe: Probe) -> None:
    """A retried function that then succeeds leaves no trace in the output."""
    attempts: list[Any] = []

    def second_time_lucky(payload: Any) -> Any:
        attempts.append(payload)
        if len(attempts) == 1:
            raise FunctionError({"errorType": "ModelThrottledError"})
        return "done"

    retry = [{"ErrorEquals": ["ModelThrottledError"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0}]
    state = task(probe.functions.define(second_time_lucky), Retry=retry)
    state["Parameters"]["Payload"] = {"attempt.$": "$$.State.RetryCount"}
    del state["Parameters"]["Payload.$"]
    assert json.loads(probe.run(single(state))["output"]) == "done"
    assert attempts == [{"attempt": 0}, {"attempt": 1}]


def test_unknown_function_is_named_as_lambda_names_it(probe: Probe) -> None:
    """The service's own refusals have the prefix `Lambda.`."""
    described = probe.run(single(task("nobody", Catch=CATCH_ALL)))
    assert json.loads(described["output"])["Error"] == "Lambda.ResourceNotFoundException"


def test_endpoint_that_is_down_is_a_client_exception(probe: Probe) -> None:
    """A refused connection can be caught and retried by name, and was tried once."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    previous = TASK_CLIENTS.endpoints
    TASK_CLIENTS.point_at(Endpoints(probe.aws.url, lambda: f"http://127.0.0.1:{port}"))
    try:
        described = probe.run(single(task("any", Catch=CATCH_ALL)))
    finally:
        TASK_CLIENTS.point_at(previous)
    assert json.loads(described["output"])["Error"] == "Lambda.SdkClientException"


def test_connection_that_breaks_is_a_client_exception_and_not_repeated(probe: Probe) -> None:
    """A function whose answer got lost is never invoked a second time by the client."""
    calls: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                calls.append(1)
                connection.recv(65536)
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        previous = TASK_CLIENTS.endpoints
        TASK_CLIENTS.point_at(Endpoints(probe.aws.url, lambda: f"http://127.0.0.1:{server.getsockname()[1]}"))
        try:
            described = probe.run(single(task("any")))
        finally:
            TASK_CLIENTS.point_at(previous)
    assert (described["error"], calls) == ("Lambda.SdkClientException", [1])


def test_task_clients_wait_as_long_as_a_task_may_last(probe: Probe) -> None:
    """One shared client per service, without SDK retries, for tasks of up to 915 seconds."""
    client = TASK_CLIENTS.client(REGION, "lambda")
    assert client is TASK_CLIENTS.client(REGION, "lambda")
    assert client.meta.endpoint_url == probe.functions.url
    assert client.meta.config.read_timeout == READ_TIMEOUT_SECONDS > 915
    assert client.meta.config.connect_timeout == CONNECT_TIMEOUT_SECONDS
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert TASK_CLIENTS.client(REGION, "stepfunctions").meta.endpoint_url == probe.aws.url


def test_task_clients_ignore_the_users_profile_and_proxy(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the user's shell says, tasks call the loopback endpoints."""
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://192.0.2.1")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    TASK_CLIENTS.point_at(TASK_CLIENTS.endpoints)
    described = probe.run(single(task(probe.functions.define(lambda payload: "reached"))))
    assert json.loads(described["output"]) == "reached"


def test_timeout_of_a_task_is_states_timeout(probe: Probe) -> None:
    """A function that runs longer than the state's TimeoutSeconds."""
    leave = threading.Event()
    slow = probe.functions.define(lambda payload: leave.wait(DEADLINE_SECONDS))
    described = probe.run(single(task(slow, TimeoutSeconds=1, Catch=CATCH_ALL)))
    leave.set()
    assert json.loads(described["output"])["Error"] == "States.Timeout"


def test_catch_all_misses_what_it_misses_on_aws(probe: Probe) -> None:
    """States.DataLimitExceeded passes by States.ALL and States.TaskFailed, and meets a Catch of its own name."""
    large = probe.functions.define(lambda payload: "x" * 300_000)
    for pattern in ("States.ALL", "States.TaskFailed"):
        described = probe.run(single(task(large, Catch=[{"ErrorEquals": [pattern], "Next": "Caught"}])))
        assert (described["status"], described["error"]) == ("FAILED", "States.DataLimitExceeded")
    named = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught"}, *CATCH_ALL]
    assert json.loads(probe.run(single(task(large, Catch=named)))["output"])["Error"] == "States.DataLimitExceeded"


def test_catch_all_misses_runtime_errors(probe: Probe) -> None:
    """A path that leads nowhere fails the execution, Retry and Catch or not."""
    state = task("any", Catch=CATCH_ALL, Retry=[{"ErrorEquals": ["States.ALL"]}])
    state["Parameters"] = {"FunctionName": "any", "Payload": {"missing.$": "$.missing"}}
    described = probe.run(single(state))
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize(("pattern", "status"), [("States.TaskFailed", "FAILED"), ("States.ALL", "SUCCEEDED")])
def test_task_failed_misses_timeouts(probe: Probe, gate: Gate, pattern: str, status: str) -> None:
    """States.TaskFailed stands for every failure but a timeout."""
    caught = [{"ErrorEquals": [pattern], "Next": "Caught"}]
    assert probe.run(single(gate.task(TimeoutSeconds=1, Catch=caught)))["status"] == status


def test_task_failed_meets_a_functions_error(probe: Probe) -> None:
    """A function's own error is a task failure."""
    caught = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    assert probe.run(single(task(failing(probe, {"errorType": "Mine"}), Catch=caught)))["status"] == "SUCCEEDED"


def test_choice_without_a_match_has_its_own_error(probe: Probe) -> None:
    """States.NoChoiceMatched, with the state's name."""
    rule = {"Variable": "$.verdict", "StringEquals": "run", "Next": "Caught"}
    described = probe.run(single({"Type": "Choice", "Choices": [rule]}), {"verdict": "unheard of"})
    assert (described["error"], "Only" in described["cause"]) == ("States.NoChoiceMatched", True)


def mapped(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine that runs `state` for each of `$.items`."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **single(state)}
    return single({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True, **fields})


@pytest.mark.parametrize("error", ["Mine", "States.Timeout", "States.NoChoiceMatched"])
def test_map_fails_with_its_iterations_error(probe: Probe, error: str) -> None:
    """Also an error of ASL's own passes through a Map, and the Map's Catch can name it."""
    machine = mapped(task(failing(probe, {"errorType": error})), Catch=[{"ErrorEquals": [error], "Next": "Caught"}])
    assert json.loads(probe.run(machine, {"items": [1]})["output"])["Error"] == error


def test_parallel_fails_with_its_branchs_error(probe: Probe) -> None:
    """States.Timeout of a branch is the Parallel's error."""
    branch = single(task(failing(probe, {"errorType": "States.Timeout"})))
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    machine = single({"Type": "Parallel", "Branches": [branch], "Catch": caught, "End": True})
    assert json.loads(probe.run(machine)["output"])["Error"] == "States.Timeout"


@pytest.mark.parametrize("reported", ["Rejected", "States.Permissions"])
def test_callback_may_report_any_error(probe: Probe, gate: Gate, reported: str) -> None:
    """SendTaskFailure's error is the task's, whatever its prefix."""
    arn = probe.start(single(gate.task()))
    probe.sfn.send_task_failure(taskToken=gate.token(), error=reported)
    assert probe.ended(arn)["error"] == reported


def test_failed_iteration_aborts_the_others(probe: Probe, gate: Gate) -> None:
    """A sibling's token dies with the Map; the sibling calls nothing more, stops waiting, and counts as aborted."""
    before = set(threading.enumerate())
    tokens: queue.Queue[str] = queue.Queue()
    followed = threading.Event()

    state = gate.task(Next="After", Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "After"}])
    del state["End"]
    state["Parameters"] = {
        "FunctionName": probe.functions.define(lambda payload: tokens.put(payload["token"])),
        "Payload": {"token.$": "$$.Task.Token"},
    }
    states = {"Only": state, "After": task(probe.functions.define(lambda payload: followed.set()))}
    machine = mapped(state, Catch=[{"ErrorEquals": ["Rejected"], "Next": "Caught"}])
    machine["States"]["Only"]["ItemProcessor"]["States"] = states
    machine["States"]["Caught"] = gate.task()
    arn = probe.start(machine, {"items": [1, 2]})
    first, second = (tokens.get(timeout=DEADLINE_SECONDS) for _ in range(2))
    iterations = [each for each in set(threading.enumerate()) - before if "eval_jobs" in each.name]
    assert len(iterations) == 2
    probe.sfn.send_task_failure(taskToken=first, error="Rejected")
    after = gate.token()
    with pytest.raises(probe.sfn.exceptions.TaskTimedOut):
        probe.sfn.send_task_success(taskToken=second, output="1")
    for iteration in iterations:
        iteration.join(DEADLINE_SECONDS)
    assert [iteration for iteration in iterations if iteration.is_alive()] == []
    ends = [event for event in probe.event_types(arn) if event.startswith("MapIteration")]
    assert sorted(ends[2:]) == ["MapIterationAborted", "MapIterationFailed"]
    probe.sfn.send_task_success(taskToken=after, output="2")
    assert probe.ended(arn)["output"] == "2"
    assert not followed.is_set()


@pytest.mark.parametrize(("concurrency", "expected"), [(1, 1), (3, 3)])
def test_concurrency_by_path_is_kept(probe: Probe, concurrency: int, expected: int) -> None:
    """No more iterations run at once than MaxConcurrencyPath says, and that many do."""
    functions = Counted(parties=expected)
    machine = mapped(task(probe.functions.define(functions)), MaxConcurrencyPath="$.concurrency")
    described = probe.run(machine, {"items": list(range(6)), "concurrency": concurrency})
    assert json.loads(described["output"]) == list(range(6))
    assert functions.most == expected


def test_inline_map_runs_forty_iterations_at_once(probe: Probe) -> None:
    """Without MaxConcurrency the service's own limit holds."""
    functions = Counted(parties=40, patience_seconds=0.5)
    described = probe.run(mapped(task(probe.functions.define(functions))), {"items": list(range(60))})
    assert (described["status"], functions.most) == ("SUCCEEDED", 40)


def test_map_starts_no_more_workers_than_items(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """An allowance of 40 for one item costs one thread, not forty."""
    started: list[Any] = []
    original = InlineIterationComponent._launch_worker

    def counted(component: Any, **options: Any) -> Any:
        started.append(component)
        return original(component, **options)

    monkeypatch.setattr(InlineIterationComponent, "_launch_worker", counted)
    machine = mapped({"Type": "Pass", "End": True}, MaxConcurrency=40)
    assert probe.run(machine, {"items": [1]})["status"] == "SUCCEEDED"
    assert len(started) == 1


def test_map_of_many_items_ends(probe: Probe) -> None:
    """One worker can run through more items than Python can nest calls."""
    machine = mapped({"Type": "Pass", "End": True}, MaxConcurrency=1)
    described = probe.run(machine, {"items": list(range(1000))})
    assert json.loads(described["output"]) == list(range(1000))


def test_map_of_nothing_is_an_empty_list(probe: Probe) -> None:
    """No items, no iterations, no error."""
    assert json.loads(probe.run(mapped(task("any"), MaxConcurrency=5), {"items": []})["output"]) == []


class Counted:
    """A function that notes how many of its calls overlap; the first ones wait until `parties` are inside.

    When they are, they wait `patience_seconds` for one more, which should not come.
    """

    def __init__(self, parties: int, patience_seconds: float = 0.0) -> None:
        self._changed = threading.Condition()
        self._inside, self._parties, self._patience, self.most = 0, parties, patience_seconds, 0

    def __call__(self, payload: Any) -> Any:
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.most >= self._parties, DEADLINE_SECONDS)
            self._changed.wait_for(lambda: self.most > self._parties, self._patience)
        with self._changed:
            self._inside -= 1
        return payload
