"""The whole local stack as a process: what it tells of itself, what it deploys, how it starts, fails and ends."""

import errno
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local import state_file, synth
from local.stack import LocalStack, LocalStackError
from local.synth import SynthesisError
from tests.integration.stack_process import RunningStack, launch, start

AGENT = """
schema_version: 1
name: echo
description: Says what it was told.
model: {alias: reasoning, temperature: 0, max_output_tokens: 256}
limits: {tokens: 60000, usd: 1, steps: 5, active_seconds: 900, deadline_seconds: 3600, tool_failures: 3, approvals: 3}
input_schema: {type: object, required: [task], properties: {task: {type: string, x-tollgate-origin: instruction}}}
output_schema: {type: object, required: [status], properties: {status: {type: string}}}
tools: [echo_text]
"""
TOOL = """
schema_version: 1
name: echo_text
description: Gives its text back.
kind: lambda
effect: read
input_schema: {type: object, required: [text], properties: {text: {type: string}}}
"""


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One agent with one tool, outside of the repository."""
    folder = tmp_path_factory.mktemp("roots")
    for path, text in {
        "agents/echo/agent.yaml": AGENT,
        "agents/echo/instructions.md": "Say it.",
        "tools/echo_text/tool.yaml": TOOL,
        "tools/echo_text/handler.py": "def handle(arguments, call):\n    return arguments['text']\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return {"TOLLGATE_AGENTS": str(folder / "agents"), "TOLLGATE_TOOLS": str(folder / "tools")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def stack(home: Path, roots: dict[str, str]) -> Iterator[RunningStack]:
    """A stack that all read-only tests share."""
    running = start(home, {**roots, "SLACK_SIGNING_SECRET": "known-secret"})
    yield running
    running.stop()


def listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


def alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


URLS = ("api_url", "stepfunctions_url", "aws_url", "lambda_url", "bedrock_url", "slack_url", "console_url")


def test_stack_tells_where_everything_is(stack: RunningStack) -> None:
    """The description has every member that tools rely on, and every URL of it answers on 127.0.0.1."""
    assert stack.about.keys() >= {
        *URLS, "region", "account", "state_machine_arn", "signing_secret", "log_folder", "process_ids", "pid", "stage",
        "started_at",
    }  # fmt: skip
    assert all(stack.about[name].startswith("http://127.0.0.1:") and listens(stack.about[name]) for name in URLS)
    assert stack.about["signing_secret"] == "known-secret"
    assert (stack.about["stage"], stack.about["pid"]) == ("local", stack.process.pid)


def test_state_file_says_the_same(stack: RunningStack) -> None:
    """Another process finds the stack by its state file."""
    (found,) = [one for one in state_file.running(stack.home) if one["pid"] == stack.process.pid]
    changing = {"process_ids", "functions"}
    assert {name: found[name] for name in found.keys() - changing} == {
        name: stack.about[name] for name in stack.about.keys() - changing
    }


def test_template_is_deployed_as_it_was_synthesised(stack: RunningStack) -> None:
    """Tables with their indexes, the bucket, the secret with the known key, the machine without open placeholders."""
    dynamodb, machines = stack.client("dynamodb"), stack.client("stepfunctions")
    tables = set(dynamodb.list_tables()["TableNames"])
    assert {f"tollgate-local-{name}" for name in ("executions", "journal", "calls", "approvals", "gates")} <= tables
    executions = dynamodb.describe_table(TableName="tollgate-local-executions")["Table"]
    assert "by_tenant" in {index["IndexName"] for index in executions["GlobalSecondaryIndexes"]}
    journal = dynamodb.describe_table(TableName="tollgate-local-journal")["Table"]
    assert [index["IndexName"] for index in journal["LocalSecondaryIndexes"]] == ["in_order"]
    ttl = dynamodb.describe_time_to_live(TableName="tollgate-local-gates")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "expires_at"
    assert [bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]]
    secret = stack.client("secretsmanager").get_secret_value(SecretId="tollgate-local/slack")
    assert json.loads(secret["SecretString"])["signing_secret"] == "known-secret"
    definition = machines.describe_state_machine(stateMachineArn=stack.about["state_machine_arn"])["definition"]
    assert "${" not in definition
    assert ":function:tollgate-local-task-reason" in definition


def test_route_of_the_template_is_answered_by_its_function(stack: RunningStack) -> None:
    """The deployed handler answers through front, host and process."""
    answer = stack.get("/v1/openapi.json")
    assert (answer.status, answer.body["openapi"][:2]) == (200, "3.")
    assert stack.get("/v1/nothing").body == {"message": "Not Found"}
    assert "REPORT" in stack.log("api-openapi")


def test_change_of_an_executions_status_starts_the_rules_function(stack: RunningStack) -> None:
    """EventBridge's rule of the template is honoured: settling runs without anybody calling it."""
    machines = stack.client("stepfunctions")
    name = f"exe-{0:032x}"
    machines.start_execution(
        stateMachineArn=stack.about["state_machine_arn"], name=name, input=json.dumps({"run_id": name})
    )
    for _ in range(600):
        if "REPORT" in stack.log("settle-execution"):
            return
        threading.Event().wait(0.05)
    raise AssertionError("settle_execution was not started within 30 s")


def test_state_file_follows_the_functions_processes(stack: RunningStack) -> None:
    """A tester finds the processes to kill there, by function."""
    stack.get("/v1/openapi.json")
    for _ in range(200):
        if stack.processes("-api-openapi"):
            break
        threading.Event().wait(0.05)
    (process_id,) = stack.processes("-api-openapi")
    assert alive(process_id)


def test_second_stack_runs_beside_the_first_and_ends_without_a_trace(
    stack: RunningStack, roots: dict[str, str]
) -> None:
    """Own ports, own data; after SIGTERM it exits 0 and leaves no process, port or state file."""
    second = start(stack.home, roots)
    try:
        assert {second.about[name] for name in URLS}.isdisjoint(stack.about[name] for name in URLS)
        assert {one["pid"] for one in state_file.running(stack.home)} == {stack.process.pid, second.process.pid}
        second.get("/v1/openapi.json")
        processes = _processes(second)
    finally:
        code = second.stop(signal.SIGTERM)
    assert code == 0
    assert not any(alive(process_id) for process_id in processes)
    assert not any(listens(second.about[name]) for name in URLS)
    assert [one["pid"] for one in state_file.running(stack.home)] == [stack.process.pid]
    assert stack.get("/v1/openapi.json").status == 200


def _processes(stack: RunningStack) -> list[int]:
    for _ in range(200):
        if found := stack.processes():
            return found
        threading.Event().wait(0.05)
    raise AssertionError("no process of any function")


def test_stack_killed_outright_leaves_no_function_behind(home: Path, roots: dict[str, str]) -> None:
    """kill -9 of the stack ends its functions' processes too, and its state file counts no more."""
    doomed = start(home, roots)
    doomed.get("/v1/openapi.json")
    processes = _processes(doomed)
    doomed.stop(signal.SIGKILL)
    for _ in range(500):
        if not any(alive(process_id) for process_id in processes):
            break
        threading.Event().wait(0.01)
    assert not any(alive(process_id) for process_id in processes)
    assert doomed.process.pid not in [one["pid"] for one in state_file.running(home)]


def test_port_in_use_is_one_clear_message(stack: RunningStack, roots: dict[str, str]) -> None:
    """Exit 1, the port, and the option that changes it; no traceback."""
    port = urlsplit(stack.about["api_url"]).port
    process = launch(stack.home, roots, str(port))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_wrong_definition_is_shown_as_it_is(tmp_path: Path, roots: dict[str, str]) -> None:
    """Exit 1 with file, line and what to write, in the compiler's own words."""
    (tmp_path / "echo").mkdir()
    (tmp_path / "echo" / "agent.yaml").write_text(AGENT.replace("description:", "descriptoin:"))
    (tmp_path / "echo" / "instructions.md").write_text("Say it.")
    process = launch(tmp_path, {**roots, "TOLLGATE_AGENTS": str(tmp_path)})
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"{tmp_path}/echo/agent.yaml:4" in said
    assert "description" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("table", ["{", "[]", '{"U024BE7LH": 7}', '{"U024BE7LH": {"tenant": "north"}}'])
def test_a_table_of_people_that_is_none_is_one_clear_message(tmp_path: Path, table: str) -> None:
    """The stand-in's page reads the same variable, and only after it was found to be right."""
    with (
        pytest.raises(SynthesisError, match=r"TOLLGATE_SLACK_USERS.*write: "),
        LocalStack(home=tmp_path, environ={**os.environ, "TOLLGATE_SLACK_USERS": table}),
    ):
        raise AssertionError("the stack started")


def test_full_disk_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space left: the message names the disk's file and the variable that points elsewhere."""

    def synthesise(*_: Any) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", "/full/disk")

    monkeypatch.setattr(synth, "synthesise", synthesise)
    with (
        pytest.raises(LocalStackError, match=r"no space left on the disk of /full/disk.*TOLLGATE_HOME"),
        LocalStack(home=tmp_path),
    ):
        raise AssertionError("the stack started")
