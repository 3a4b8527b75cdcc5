"""The Lambda host runs real processes, and what happens to them is told in Lambda's own words."""

import base64
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local import open_files
from local.lambda_host.environment import Platform
from local.lambda_host.function import FunctionSpec
from local.lambda_host.host import LambdaHost
from local.lambda_host.runtime_api import Exited, Invocation, RuntimeApi

HANDLER = """
import json, os, pathlib, subprocess, sys, time, uuid

STARTED_AS = uuid.uuid4().hex

def handler(event, context):
    print("printed", event.get("print", ""))
    if "meet" in event:  # waits until so many invocations are inside at the same time
        folder, count = event["meet"]
        pathlib.Path(folder, uuid.uuid4().hex).touch()
        while len(os.listdir(folder)) < count:
            time.sleep(0.005)
    if "touch" in event:
        pathlib.Path(event["touch"]).write_text(str(os.getpid()))
    if event.get("hang"):
        time.sleep(60)
    if event.get("spawn"):
        return subprocess.Popen(["sleep", "60"]).pid
    if "exit" in event:
        os._exit(event["exit"])
    if "megabytes" in event:
        held = b"x" * (event["megabytes"] * 1024 * 1024)
        time.sleep(60)
    if "raise" in event:
        raise ValueError(event["raise"])
    if "answer_bytes" in event:
        return "x" * event["answer_bytes"]
    return {
        "pid": os.getpid(), "environment": dict(os.environ), "path": sys.path, "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "custom": context.client_context.custom if context.client_context else None,
        "instance": STARTED_AS, "event": event,
    }
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
Deploy = Callable[..., FunctionSpec]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LambdaHost]:
    """A running host without functions."""
    running = LambdaHost(tmp_path / "logs", concurrency=12)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def deploy(host: LambdaHost, tmp_path: Path) -> Deploy:
    """Deploys the test's handler under a name."""

    def deploy(
        name: str = "fn", *, code: str = HANDLER, caller: dict[str, str] | None = None, **more: Any
    ) -> FunctionSpec:
        folder = tmp_path / "code" / name
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(code)
        bedrock_url = more.pop("bedrock_url", "http://127.0.0.1:2")
        platform = Platform(
            region="us-east-1",
            aws_url="http://127.0.0.1:1",
            lambda_url=host.url,
            bedrock_url=bedrock_url,
            slack_url="http://127.0.0.1:3/api/",
            caller=dict(os.environ) if caller is None else caller,
        )
        spec = FunctionSpec(
            name=name, arn=ARN + name, handler="handler.handler", code=folder, **{"timeout_seconds": 20, **more}
        )
        host.deploy(spec, platform)
        return spec

    return deploy


def client(host: LambdaHost) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=host.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
    )


def invoke(host: LambdaHost, name: str = "fn", **event: Any) -> Any:
    outcome = host.invoke(name, json.dumps(event).encode())
    return json.loads(outcome.payload) if outcome.error is None else (outcome.error, json.loads(outcome.payload))


def wait_for(file: Path) -> int:
    """The content of a file that a function's process writes, as soon as it is there."""
    while not file.exists() or not file.read_text():
        threading.Event().wait(0.005)
    return int(file.read_text())


def alive(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def await_death(process_id: int) -> None:
    for _ in range(1000):
        if not alive(process_id):
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"process {process_id} is still alive")


def test_invocation_by_boto3_runs_the_handler_in_a_process_of_its_own(host: LambdaHost, deploy: Deploy) -> None:
    """The Invoke API answers what the handler returned, from another process."""
    deploy()
    answer = client(host).invoke(FunctionName=ARN + "fn", Payload=b'{"a": 1}')
    document = json.loads(answer["Payload"].read())
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert document["event"] == {"a": 1}
    assert document["pid"] != os.getpid()
    assert document["arn"] == ARN + "fn"
    assert 15_000 < document["remaining"] <= 20_000


def test_unknown_function_leaves_the_connection_usable(host: LambdaHost, deploy: Deploy) -> None:
    """The refused request's body is not taken for the next request on the same connection."""
    deploy()
    lambda_client = client(host)
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException, match="AWS_ENDPOINT_URL_LAMBDA"):
        lambda_client.invoke(FunctionName="gone", Payload=b'{"a": 1}')
    assert lambda_client.invoke(FunctionName="fn", Payload=b"{}")["StatusCode"] == 200


def test_client_context_reaches_the_function_as_its_caller_wrote_it(host: LambdaHost, deploy: Deploy) -> None:
    """`custom` is what an SDK puts there; without a context there is none."""
    deploy()
    context = base64.b64encode(b'{"custom": {"key": "k\\u00e4"}}').decode()
    answer = client(host).invoke(FunctionName="fn", Payload=b"{}", ClientContext=context)
    assert json.load(answer["Payload"])["custom"] == {"key": "k\u00e4"}
    assert invoke(host)["custom"] is None


def test_second_invocation_reuses_the_warm_process(host: LambdaHost, deploy: Deploy) -> None:
    """Module state survives from one invocation to the next, as on Lambda."""
    deploy()
    assert invoke(host)["instance"] == invoke(host)["instance"]
    assert len(host.process_ids()) == 1


def test_parallel_invocations_run_in_several_processes(host: LambdaHost, deploy: Deploy, tmp_path: Path) -> None:
    """Four invocations that wait for each other all end, so none of them shares a process."""
    deploy()
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: invoke(host, meet=[str(meeting), 4]), range(4)))
    assert len({answer["pid"] for answer in answers}) == 4
    assert set(host.process_ids().values()) == {"fn"}


def test_invocation_that_waits_for_its_start_takes_a_process_that_becomes_free(
    host: LambdaHost, deploy: Deploy, tmp_path: Path
) -> None:
    """A burst of short invocations is served by few processes: nobody insists on a new one."""
    deploy()
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(invoke, host, meet=[str(meeting), 2])
        while not list(meeting.iterdir()):
            threading.Event().wait(0.005)
        turns = [host._starting.acquire() for _ in range(host._starting._initial_value)]  # type: ignore[attr-defined]
        second = pool.submit(invoke, host)
        (meeting / "let the first go on").touch()
        assert second.result(timeout=10)["instance"] == first.result(timeout=10)["instance"]
    host._starting.release(len(turns))


def test_stack_that_stops_while_it_prewarms_says_nothing(host: LambdaHost, deploy: Deploy) -> None:
    """Prewarming a stopped host is no error and starts nothing."""
    deploy()
    host.stop()
    host.prewarm(["fn"])
    assert host.process_ids() == {}


def test_caller_environment_is_not_visible_in_the_function(host: LambdaHost, deploy: Deploy) -> None:
    """A function sees the template's variables and the platform's, and nothing that its caller's shell holds."""
    caller = {**os.environ, "MY_SECRET": "s3cret", "AWS_SECRET_ACCESS_KEY": "real", "HOME": "/home/somebody"}
    deploy(caller=caller, environment={"FROM_TEMPLATE": "yes"})
    environment = invoke(host)["environment"]
    assert environment["FROM_TEMPLATE"] == "yes"
    assert environment["PATH"] == caller["PATH"]
    assert environment["AWS_SECRET_ACCESS_KEY"] == "local"
    assert "s3cret" not in json.dumps(environment)
    assert "HOME" not in environment


def test_endpoint_switch_of_the_template_is_lifted_and_endpoints_are_injected(host: LambdaHost, deploy: Deploy) -> None:
    """The platform's endpoints win, and the switch that deployed functions carry is gone."""
    deploy(environment={"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://elsewhere"})
    environment = invoke(host)["environment"]
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in environment
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_ENDPOINT_URL_LAMBDA"] == host.url
    assert environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "http://127.0.0.1:2"
    assert environment["SLACK_API_URL"] == "http://127.0.0.1:3/api/"


@pytest.mark.parametrize(
    ("calls_models", "bedrock_url", "expected"),
    [
        (True, "https://bedrock-runtime.eu-west-1.amazonaws.com", "real"),
        (False, "https://bedrock-runtime.eu-west-1.amazonaws.com", "local"),
        (True, "http://127.0.0.1:9", "local"),
    ],
)
def test_credentials_of_the_caller_reach_only_what_calls_a_remote_model(
    host: LambdaHost, deploy: Deploy, calls_models: bool, bedrock_url: str, expected: str
) -> None:
    """The user's keys go to the one function that calls models, and only if Bedrock is not this machine."""
    caller = {**os.environ, "AWS_ACCESS_KEY_ID": "real", "AWS_SECRET_ACCESS_KEY": "real"}
    deploy(caller=caller, calls_models=calls_models, bedrock_url=bedrock_url)
    assert invoke(host)["environment"]["AWS_ACCESS_KEY_ID"] == expected


@pytest.mark.parametrize(("calls_models", "base_url"), [(True, True), (False, True), (True, False)])
def test_key_of_an_openai_compatible_server_reaches_only_what_calls_models(
    host: LambdaHost, deploy: Deploy, calls_models: bool, base_url: bool
) -> None:
    """OPENAI_API_KEY goes to the one function that calls models, and only if such a server is the model."""
    chosen = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"} if base_url else {}
    deploy(caller={**os.environ, "OPENAI_API_KEY": "sk-real", **chosen}, calls_models=calls_models)
    environment = invoke(host)["environment"]
    assert ("OPENAI_API_KEY" in environment) is (calls_models and base_url)


def test_later_layer_hides_the_earlier_and_the_code_hides_both(
    host: LambdaHost, deploy: Deploy, tmp_path: Path
) -> None:
    """Layers are importable in Lambda's order: the function's own files first, then the last layer."""
    for layer in ("one", "two"):
        (tmp_path / layer / "python").mkdir(parents=True)
        (tmp_path / layer / "python" / "who.py").write_text(f"NAME = {layer!r}")
    code = "import who\ndef handler(event, context): return who.NAME"
    deploy(code=code, layers=(tmp_path / "one", tmp_path / "two"))
    assert invoke(host) == "two"


def test_repository_is_not_importable_without_a_layer(host: LambdaHost, deploy: Deploy) -> None:
    """Even where the project is installed in place, a function finds third-party packages and its layers alone."""
    code = "import importlib.util as u\ndef handler(e, c): return [bool(u.find_spec(n)) for n in e['names']]"
    deploy(code=code)
    assert invoke(host, names=["boto3", "local", "cli", "infra", "tollgate"]) == [True, False, False, False, False]


def test_handler_error_is_told_with_type_and_trace(host: LambdaHost, deploy: Deploy) -> None:
    """An exception is AWS's error document, with X-Amz-Function-Error on the wire."""
    deploy()
    answer = client(host).invoke(FunctionName="fn", Payload=b'{"raise": "broken"}')
    document = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert (document["errorType"], document["errorMessage"]) == ("ValueError", "broken")
    assert document["stackTrace"]


def test_module_that_does_not_import_is_told_as_an_init_error(host: LambdaHost, deploy: Deploy) -> None:
    """The runtime client's own words about a missing module reach the caller."""
    deploy(code="import no_such_module_anywhere")
    error, document = invoke(host)
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_module_anywhere" in document["errorMessage"]


def test_process_killed_in_mid_invocation_is_an_exit_error_and_the_next_call_works(
    host: LambdaHost, deploy: Deploy, tmp_path: Path
) -> None:
    """kill -9 gives Runtime.ExitError, which the state machine retries, and a new process serves the retry."""
    deploy()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(invoke, host, hang=True, touch=str(tmp_path / "inside"))
        os.kill(wait_for(tmp_path / "inside"), signal.SIGKILL)
        error, document = running.result()
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in document["errorMessage"]
    assert invoke(host, again=True)["event"] == {"again": True}


def test_process_killed_while_idle_costs_the_next_call_nothing(host: LambdaHost, deploy: Deploy) -> None:
    """An event that no process picked up is given to a new one."""
    deploy()
    killed = invoke(host)["pid"]
    os.kill(killed, signal.SIGKILL)
    await_death(killed)
    assert invoke(host)["pid"] != killed


def test_event_is_not_handed_to_a_process_that_hung_up() -> None:
    """Whoever was killed while waiting has not seen the event, so it is not counted as delivered."""
    api = RuntimeApi(FunctionSpec("fn", ARN + "fn", "handler.handler", Path()))
    api.start()
    with socket.create_connection(("127.0.0.1", int(api.address.partition(":")[2]))) as gone:
        gone.sendall(f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {api.address}\r\n\r\n".encode())
        assert api.ready.wait(5)
    invocation = Invocation("id", b"{}")
    api.pending.put(invocation)
    assert isinstance(invocation.messages.get(timeout=5), Exited)
    api.stop()


def test_process_that_exits_by_itself_is_an_exit_error_with_its_status(host: LambdaHost, deploy: Deploy) -> None:
    """The status that a handler exits with is in the message."""
    deploy()
    _, document = invoke(host, exit=3)
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("exit status 3")


def test_function_over_its_timeout_is_killed(host: LambdaHost, deploy: Deploy, tmp_path: Path) -> None:
    """Sandbox.Timedout after the function's own seconds, and the process with its children is gone."""
    deploy(timeout_seconds=0.3)
    error, document = invoke(host, hang=True, touch=str(tmp_path / "inside"))
    assert error == "Unhandled"
    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 0.30 seconds")
    assert not alive(wait_for(tmp_path / "inside"))


def test_function_over_its_memory_is_killed(host: LambdaHost, deploy: Deploy) -> None:
    """Runtime.OutOfMemory once the process holds more than MemorySize."""
    deploy(memory_mb=128)
    error, document = invoke(host, megabytes=200)
    assert error == "Unhandled"
    assert document["errorType"] == "Runtime.OutOfMemory"


def test_answer_over_six_megabytes_is_refused_and_the_next_call_works(host: LambdaHost, deploy: Deploy) -> None:
    """Lambda's limit on responses holds, whatever the runtime client does about it."""
    deploy()
    _, document = invoke(host, answer_bytes=7 * 1024 * 1024)
    assert document["errorType"] == "Function.ResponseSizeTooLarge"
    assert invoke(host, again=True)["event"] == {"again": True}


def test_invocation_beyond_the_functions_cap_is_throttled(host: LambdaHost, deploy: Deploy, tmp_path: Path) -> None:
    """429 TooManyRequestsException while reserved concurrency is used up, and service again afterwards."""
    deploy(reserved_concurrency=1)
    lambda_client = client(host)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(invoke, host, hang=True, touch=str(tmp_path / "inside"))
        process_id = wait_for(tmp_path / "inside")
        with pytest.raises(lambda_client.exceptions.TooManyRequestsException):
            lambda_client.invoke(FunctionName="fn")
        os.kill(process_id, signal.SIGKILL)
        running.result()
    assert lambda_client.invoke(FunctionName="fn")["StatusCode"] == 200


def test_invocation_beyond_the_accounts_cap_is_throttled(deploy: Deploy, host: LambdaHost, tmp_path: Path) -> None:
    """The cap over all functions answers the same way as a function's own."""
    deploy("one")
    deploy("two")
    host._free = threading.BoundedSemaphore(1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(invoke, host, "one", hang=True, touch=str(tmp_path / "inside"))
        process_id = wait_for(tmp_path / "inside")
        with pytest.raises(client(host).exceptions.TooManyRequestsException):
            client(host).invoke(FunctionName="two")
        os.kill(process_id, signal.SIGKILL)
        running.result()


def test_unknown_function_is_not_found(host: LambdaHost, deploy: Deploy) -> None:
    """404 ResourceNotFoundException for a name, and for a version that does not exist."""
    deploy()
    lambda_client = client(host)
    for name in ("nobody", "fn:7"):
        with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
            lambda_client.invoke(FunctionName=name)


def test_request_over_six_megabytes_is_refused(host: LambdaHost, deploy: Deploy) -> None:
    """413 RequestTooLargeException, as Lambda's quota says."""
    deploy()
    with pytest.raises(client(host).exceptions.RequestTooLargeException):
        client(host).invoke(FunctionName="fn", Payload=json.dumps("x" * 6 * 1024 * 1024).encode())


def test_payload_that_is_not_json_is_refused(host: LambdaHost, deploy: Deploy) -> None:
    """400 InvalidRequestContentException, and no process is started for it."""
    deploy()
    with pytest.raises(client(host).exceptions.InvalidRequestContentException):
        client(host).invoke(FunctionName="fn", Payload=b"{broken")
    assert host.process_ids() == {}


def test_dry_run_starts_nothing(host: LambdaHost, deploy: Deploy) -> None:
    """204 and no process."""
    deploy()
    assert client(host).invoke(FunctionName="fn", InvocationType="DryRun")["StatusCode"] == 204
    assert host.process_ids() == {}


def test_event_invocation_is_accepted_at_once_and_tried_three_times(
    host: LambdaHost, deploy: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """202 at once; an event whose function fails runs again twice, as Lambda retries asynchronous events."""
    monkeypatch.setattr("local.lambda_host.event_queue.RETRY_DELAYS_SECONDS", (0.01, 0.01))
    code = f"import os, tempfile\ndef handler(e, c):\n    tempfile.mkstemp(dir={str(tmp_path / 'tries')!r})\n    1 / 0"
    (tmp_path / "tries").mkdir()
    deploy(code=code)
    assert client(host).invoke(FunctionName="fn", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    while "Error Type: ZeroDivisionError" not in _reports(host, 3):
        threading.Event().wait(0.01)
    host.stop()
    assert len(list((tmp_path / "tries").iterdir())) == 3


def test_whoever_waits_for_an_answer_goes_before_an_earlier_event(
    host: LambdaHost, deploy: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one process for both, the event runs when no caller waits any more."""
    folder = tmp_path / "inside"
    folder.mkdir()
    deploy()
    host.prewarm(["fn"])
    [pool] = host._pools.values()
    monkeypatch.setattr(pool._demand, "worth_a_start", lambda **_: False)
    with ThreadPoolExecutor(2) as callers:
        busy = callers.submit(invoke, host, meet=[str(folder), 2])
        _until(lambda: len(list(folder.iterdir())) == 1)
        client(host).invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"print": "event"}')
        _until(lambda: pool._events.waiting == 1)
        caller = callers.submit(invoke, host, print="caller")
        _until(lambda: pool._callers.waiting == 1)
        (folder / "go on").touch()
        assert busy.result()["pid"] == caller.result()["pid"]
    _until(lambda: bool(_reports(host, 3)))
    assert [line for line in _reports(host, 3).splitlines() if line.startswith("printed")] == [
        "printed ",
        "printed caller",
        "printed event",
    ]


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        threading.Event().wait(0.005)


def _reports(host: LambdaHost, count: int) -> str:
    text = (host.log_folder / "fn.log").read_text()
    return text if text.count("REPORT") >= count else ""


def test_log_holds_what_was_printed_between_the_platforms_lines(host: LambdaHost, deploy: Deploy) -> None:
    """`<log folder>/<function>.log` reads like a CloudWatch stream."""
    deploy()
    invoke(host, print="hello log")
    lines = (host.log_folder / "fn.log").read_text().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert "printed hello log" in lines
    assert lines[-2].startswith("END RequestId: ")
    assert "Memory Size: 128 MB" in lines[-1]


def test_idle_process_is_ended_after_its_time(host: LambdaHost, deploy: Deploy) -> None:
    """A warm process that nobody needed for the idle time is gone, and the function still works."""
    deploy()
    first = invoke(host)["pid"]
    for pool in host._pools.values():
        pool.reap(idle_seconds=0)
    assert host.process_ids() == {}
    assert not alive(first)
    assert invoke(host)["pid"] != first


def test_prewarmed_process_serves_the_first_event(host: LambdaHost, deploy: Deploy) -> None:
    """Prewarming starts the process that the first invocation then uses."""
    deploy()
    host.prewarm(["fn"])
    (process_id,) = host.process_ids()
    assert invoke(host)["pid"] == process_id


def test_stop_kills_every_process_and_what_it_started(host: LambdaHost, deploy: Deploy) -> None:
    """After stop, neither the function's process nor its child is alive."""
    deploy()
    child = invoke(host, spawn=True)
    (process_id,) = host.process_ids()
    assert alive(child)
    host.stop()
    assert not alive(process_id)
    await_death(child)


def test_killed_process_takes_its_children_with_it(host: LambdaHost, deploy: Deploy) -> None:
    """A sandbox ends as a whole: what a killed function had started does not live on."""
    deploy()
    child = invoke(host, spawn=True)
    (process_id,) = host.process_ids()
    os.kill(process_id, signal.SIGKILL)
    await_death(child)


def test_function_runs_though_the_host_holds_more_files_than_select_can(deploy: Deploy, host: LambdaHost) -> None:
    """A crowd leaves only high descriptors, the life line of the next process among them."""
    open_files.raise_limit()
    held = [os.dup(0) for _ in range(1100)]
    try:
        deploy()
        assert isinstance(invoke(host), dict)
    finally:
        for descriptor in held:
            os.close(descriptor)
