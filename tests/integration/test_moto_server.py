"""The local AWS as a server: who may call it, what it serves, how it starts and stops."""

import http.client
import inspect
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from moto.core.config import default_user_config
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.utils import json_path

from local.aws import AwsRunningError, LocalAws
from local.moto_fixes import catalogue, patching
from tests.integration.moto_probe import ACCOUNT, DEADLINE_SECONDS, REGION, FunctionError, Probe, single, task

ROOT = Path(__file__).parents[2]
NO_FUNCTIONS = "http://127.0.0.1:9"


def answered(url: str, headers: dict[str, str], path: str = "/") -> int:
    """The status of a POST with exactly these headers."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=DEADLINE_SECONDS)
    connection.putrequest("POST", path, skip_host=True)
    for name, value in {"Content-Length": "0", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}"])
def test_request_for_this_server_is_served(probe: Probe, host: str) -> None:
    """Both names of the loopback address are ours, with our port; our own page may call."""
    port = probe.aws.url.rsplit(":", 1)[1]
    ours = host.format(port=port)
    assert answered(probe.aws.url, {"Host": ours}) not in (403, 404)
    assert answered(probe.aws.url, {"Host": ours, "Origin": f"http://{ours}"}) != 403


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "sts.amazonaws.com", ""])
def test_request_for_another_host_is_refused(probe: Probe, host: str) -> None:
    """A rebound name reaches nothing."""
    assert answered(probe.aws.url, {"Host": host.format(port=probe.aws.url.rsplit(":", 1)[1])}) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_request_of_another_page_is_refused(probe: Probe, origin: str) -> None:
    """A page of another origin that a browser shows cannot call the AWS."""
    ours = probe.aws.url.removeprefix("http://")
    assert answered(probe.aws.url, {"Host": ours, "Origin": origin}) == 403


def test_mocks_own_interface_is_not_served(probe: Probe) -> None:
    """Nobody can wipe the account over HTTP."""
    ours = probe.aws.url.removeprefix("http://")
    assert answered(probe.aws.url, {"Host": ours}, "/moto-api/reset") == 404


def test_services_of_the_stack_answer(probe: Probe) -> None:
    """DynamoDB, S3, Secrets Manager, CloudWatch and EventBridge in one account and region."""
    probe.client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    probe.client("s3").put_object(Bucket="bucket", Key="a/b", Body=b"text")
    assert probe.client("s3").get_object(Bucket="bucket", Key="a/b")["Body"].read() == b"text"
    secret = probe.client("secretsmanager").create_secret(Name="slack", SecretString="s")
    assert secret["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack")
    assert probe.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    rule = probe.client("events").put_rule(Name="status", EventPattern='{"source": ["aws.states"]}')
    assert rule["RuleArn"] == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/status"
    assert probe.client("dynamodb").list_tables()["TableNames"] == []


def test_second_aws_in_one_process_is_refused(probe: Probe) -> None:
    """moto's state exists once; the error says what to do."""
    with pytest.raises(AwsRunningError, match="stop it first"):
        LocalAws(lambda_url=NO_FUNCTIONS).start()
    assert probe.client("dynamodb").list_tables()["TableNames"] == []


APART = """
import json, socket, sys, threading

sys.path[:0] = [sys.argv[1]]
named, real_connect, real_lookup = set(), socket.socket.connect, socket.getaddrinfo

def connect(self, address):
    named.add(address[0])
    return real_connect(self, address)

def lookup(host, *rest, **options):
    named.add(host)
    return real_lookup(host, *rest, **options)

socket.socket.connect, socket.getaddrinfo = connect, lookup

import boto3
from local.aws import LocalAws
from local.loopback import PortUnavailableError
from moto.core.config import default_user_config

ACCOUNT, FACTS = "210987654321", {}

def local_aws(**options):
    return LocalAws(lambda_url="http://127.0.0.1:9", region="eu-west-1", account=ACCOUNT, **options)

def client(aws):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client("stepfunctions", endpoint_url=aws.url, region_name="eu-west-1", **keys)

def machine(sfn, name, **state):
    definition = json.dumps({"StartAt": "S", "States": {"S": {**state, "End": True}}})
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    return sfn.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]

with local_aws() as aws:
    ended = threading.Event()
    aws.on_execution_status(lambda event: event["detail"]["status"] == "SUCCEEDED" and ended.set())
    sfn = client(aws)
    waits = machine(sfn, "waits", Type="Wait", Seconds=9999)
    sfn.start_execution(stateMachineArn=waits)
    start = "arn:aws:states:::states:startExecution"
    nested = machine(sfn, "nested", Type="Task", Resource=start, Parameters={"StateMachineArn": waits})
    sfn.start_execution(stateMachineArn=nested)
    FACTS.update(machine=waits, nested_ended=ended.wait(20), port=int(aws.url.rsplit(":", 1)[1]))
FACTS["config"] = default_user_config["stepfunctions"]
with socket.socket() as caller:
    FACTS["refused"] = caller.connect_ex(("127.0.0.1", FACTS["port"])) != 0
taken = socket.create_server(("127.0.0.1", 0))
again = local_aws(port=taken.getsockname()[1])
try:
    again.start()
except PortUnavailableError as error:
    FACTS["taken"] = str(error)
taken.close()
again.start()
FACTS["machines"] = client(again).list_state_machines()["stateMachines"]
again.stop()
again.stop()
FACTS["named"] = sorted(named)
FACTS["threads"] = [thread.name for thread in threading.enumerate() if not thread.daemon]
print(json.dumps(FACTS))
"""


@pytest.fixture(scope="module")
def apart() -> dict[str, Any]:
    """What a process of its own found out about starting and stopping; it has ended by itself."""
    completed = subprocess.run(
        [sys.executable, "-c", APART, str(ROOT)], capture_output=True, text=True, timeout=60, check=False
    )
    assert completed.returncode == 0, completed.stderr
    facts: dict[str, Any] = json.loads(completed.stdout)
    return facts


def test_account_and_region_are_the_ones_asked_for(apart: dict[str, Any]) -> None:
    """They are in every ARN."""
    assert apart["machine"] == "arn:aws:states:eu-west-1:210987654321:stateMachine:waits"


def test_stopped_aws_leaves_no_thread_port_or_state(apart: dict[str, Any]) -> None:
    """The process can end although an execution waited; a second start is empty; a second stop does nothing."""
    assert apart["threads"] == ["MainThread"]
    assert apart["refused"] is True
    assert apart["machines"] == []


def test_taken_port_is_told_and_does_not_block_a_later_start(apart: dict[str, Any]) -> None:
    """The message says what to do; when the port is free the same AWS starts."""
    assert "choose another" in apart["taken"]


def test_nothing_but_the_loopback_address_is_named(apart: dict[str, Any]) -> None:
    """No connection and no name lookup but 127.0.0.1, not even `localhost`, also by a task that calls this AWS."""
    assert apart["nested_ended"] is True
    assert apart["named"] == ["127.0.0.1"]


def test_interpreter_is_switched_off_after_the_stop(apart: dict[str, Any]) -> None:
    """Other users of moto in the process find it as it was."""
    assert apart["config"] == {"execute_state_machine": False}


def test_other_moto_is_refused_by_name() -> None:
    """The message names both versions and the command that helps."""
    with pytest.raises(patching.MotoVersionError, match=r"moto 5\.3\.0 .* moto 5\.2\.5.*pip install 'moto==5\.2\.5'"):
        patching.require_pinned_version("5.3.0")
    patching.require_pinned_version("5.2.5")


def test_every_fix_says_what_it_mends() -> None:
    """Each fix is a function of its own with a docstring, applied once."""
    names = [fix.__qualname__ for fix in catalogue.FIXES]
    assert len(set(names)) == len(names)
    assert [fix for fix in catalogue.FIXES if not (fix.__doc__ or "").strip()] == []
    catalogue.install()
    assert catalogue._installed == list(catalogue.FIXES)


def test_lambda_endpoint_may_be_named_late(probe: Probe) -> None:
    """`lambda_url` may be a function that is asked only when a task calls."""
    aws = LocalAws(lambda_url=lambda: probe.functions.url)
    assert aws._lambda_url() == probe.functions.url
    assert LocalAws(lambda_url="http://127.0.0.1:1")._lambda_url() == "http://127.0.0.1:1"


def test_url_before_the_start_is_an_error() -> None:
    """There is no port yet."""
    with pytest.raises(RuntimeError, match=r"call start\(\)"):
        _ = LocalAws(lambda_url=NO_FUNCTIONS).url


def test_callback_that_fails_hides_nothing_from_the_others(probe: Probe, caplog: pytest.LogCaptureFixture) -> None:
    """A broken status callback is logged with its execution, and the next callback still hears."""

    def broken(event: dict[str, Any]) -> None:
        raise ValueError(event["detail"]["name"])

    heard: list[str] = []
    both = threading.Event()

    def listen(event: dict[str, Any]) -> None:
        heard.append(event["detail"]["status"])
        if len(heard) == 2:
            both.set()

    probe.aws.on_execution_status(broken)
    probe.aws.on_execution_status(listen)
    arn = probe.start(single({"Type": "Pass", "End": True}))
    assert both.wait(DEADLINE_SECONDS)
    probe.aws._feed._callbacks.remove(broken)
    assert heard == ["RUNNING", "SUCCEEDED"]
    assert f"a callback failed on RUNNING {arn}" in caplog.text


def test_paths_and_definitions_are_compiled_once(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second execution of the same machine compiles nothing."""
    machine = probe.machine(single(task(probe.functions.define(lambda payload: payload))))
    probe.ended(probe.sfn.start_execution(stateMachineArn=machine)["executionArn"])
    from moto.stepfunctions.parser.asl.parse import asl_parser

    compiled = json_path.parse.cache_info().misses  # type: ignore[attr-defined]
    monkeypatch.setattr(asl_parser, "ASLParser", None)
    described = probe.ended(probe.sfn.start_execution(stateMachineArn=machine)["executionArn"])
    assert described["status"] == "SUCCEEDED"
    assert json_path.parse.cache_info().misses == compiled  # type: ignore[attr-defined]


def test_services_are_inspected_once(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second request of a service does not look for its methods again."""
    probe.client("dynamodb").list_tables()
    monkeypatch.setattr(inspect, "getmembers", None)
    assert probe.client("dynamodb").list_tables()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_ended_threads_are_not_kept(probe: Probe) -> None:
    """moto's list of threads stays empty."""
    probe.run(single({"Type": "Pass", "End": True}))
    assert utils.TMP_THREADS == []


def test_failed_state_is_not_logged_as_an_error(probe: Probe, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is ordinary; the history tells it."""

    def fail(payload: Any) -> None:
        raise FunctionError({"errorType": "Broken"})

    described = probe.run(single(task(probe.functions.define(fail))))
    assert described["error"] == "Broken"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_port_of_the_server_is_the_bound_one(probe: Probe) -> None:
    """The port in the URL is taken from the listening socket."""
    with pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", int(probe.aws.url.rsplit(":", 1)[1])))
    assert default_user_config["stepfunctions"] == {"execute_state_machine": True}
