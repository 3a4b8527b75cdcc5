"""The local stack around the benchmarks' own agent, tools and model, and the executions that run through it."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.converse import Block, ScriptedModel
from local.stack import LocalStack

HERE = Path(__file__).resolve().parent
POLL_SECONDS = 0.25  # the machine's own clock measures, so this only bounds the work of waiting
WAIT_SECONDS = 120.0
REQUESTER = {"id": "requester", "tenant": "bench", "kind": "person", "claims": {}}
APPROVER = {"id": "approver", "tenant": "bench", "kind": "person", "claims": {"roles": ["approver"]}}


class BenchmarkError(Exception):
    """An execution did not end as the script wants it, so its figures mean nothing."""


class Bench:
    """Executions of the agent `clerk` through the HTTP API of a running stack."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._step_functions = stack.client("stepfunctions")
        self._http = urllib3.PoolManager()

    def run(self, *, gates: bool = False) -> str:
        """Runs one execution to its end, through its gates if it has any; returns its ARN."""
        execution_id, arn = self.start()
        self._until_closed(arn, execution_id, gates=gates)
        return arn

    def start(self) -> tuple[str, str]:
        """Starts one execution; returns its id and its ARN."""
        body = {"agent": "clerk", "input": {"task": "Look the entries up and write them down."}}
        execution_id = self._send(REQUESTER, "POST", "/v1/executions", body)["execution_id"]
        machine = self.stack.state_machine_arn
        return execution_id, f"{machine.replace(':stateMachine:', ':execution:')}:{execution_id}"

    def until_waiting(self, arn: str, tasks: int) -> None:
        """Returns once so many tasks of the execution wait for somebody to send their token."""
        self._until(lambda: [event["type"] for event in self.history(arn)].count("TaskSubmitted") >= tasks, arn)

    def until_succeeded(self, arn: str) -> None:
        """Returns once the execution has ended well."""
        self._until(lambda: self._status(arn) != "RUNNING", arn)
        if self._status(arn) != "SUCCEEDED":
            raise BenchmarkError(f"{arn} ended as {self._status(arn)}; see {self.stack.log_folder}")

    def seconds(self, arn: str) -> float:
        """From the machine's start to its end, by its own clock."""
        found = self._step_functions.describe_execution(executionArn=arn)
        return float((found["stopDate"] - found["startDate"]).total_seconds())

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of GetExecutionHistory."""
        pages = self._step_functions.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def _until_closed(self, arn: str, execution_id: str, *, gates: bool) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while (status := self._step_functions.describe_execution(executionArn=arn)["status"]) == "RUNNING":
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{execution_id} did not end within {WAIT_SECONDS:g} s")
            if gates:
                self._approve(execution_id)
            time.sleep(POLL_SECONDS)
        if status != "SUCCEEDED":
            raise BenchmarkError(f"{execution_id} ended as {status}; see {self.stack.log_folder}")

    def _until(self, holds: Callable[[], bool], arn: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{arn} did not get on within {WAIT_SECONDS:g} s; see {self.stack.log_folder}")
            time.sleep(POLL_SECONDS)

    def _status(self, arn: str) -> str:
        return str(self._step_functions.describe_execution(executionArn=arn)["status"])

    def _approve(self, execution_id: str) -> None:
        """Approves what waits. The table is asked, because asking the API would keep a function busy."""
        for approval in self._waiting(execution_id):
            found = self._send(APPROVER, "GET", f"/v1/approvals/{approval}")
            decision = {"decision": "approve", "fingerprint": found["fingerprint"]}
            self._send(APPROVER, "POST", f"/v1/approvals/{approval}/decision", decision)

    def _waiting(self, execution_id: str) -> list[str]:
        found = self.stack.client("dynamodb").query(
            TableName="tollgate-local-approvals",
            IndexName="by_execution",
            KeyConditionExpression="execution_id = :id",
            ExpressionAttributeValues={":id": {"S": execution_id}},
        )
        return [item["approval_id"]["S"] for item in found["Items"] if item["status"]["S"] == "pending"]

    def _send(self, who: dict[str, Any], method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(who)}
        data = None if body is None else json.dumps(body)
        response = self._http.request(method, self.stack.api_url + path, body=data, headers=headers, timeout=60)
        if response.status >= 300:
            raise BenchmarkError(f"{method} {path} answered {response.status}: {response.data[:500]!r}")
        found: dict[str, Any] = json.loads(response.data)
        return found


@contextmanager
def bench(script: Sequence[Sequence[Block]]) -> Iterator[Bench]:
    """A stack whose model follows `script`; nothing of it is left afterwards."""
    model = ScriptedModel(script)
    model.start()
    environ = {
        **os.environ,
        "TOLLGATE_AGENTS": str(HERE / "agents"),
        "TOLLGATE_TOOLS": str(HERE / "tools"),
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url,
    }
    try:
        with tempfile.TemporaryDirectory() as home, LocalStack(environ=environ, home=Path(home)) as stack:
            yield Bench(stack)
    finally:
        model.stop()
