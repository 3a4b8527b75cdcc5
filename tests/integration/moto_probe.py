"""A started LocalAws with a Lambda endpoint of the test's own, and words to run small state machines on it.

The fixture `probe` starts one AWS per test file; `gate` is a function that hands task tokens to the test.
"""

import json
import queue
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.aws import LocalAws

REGION, ACCOUNT = "eu-central-1", "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
DEADLINE_SECONDS = 20.0
Function = Callable[[Any], Any]


class FunctionError(Exception):
    """Raised by a test's function: the Invoke API answers with this error payload."""

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__(str(payload))
        self.payload = payload


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # an inline Map connects 40 times at once


class Functions:
    """The Lambda Invoke API for functions that are plain Python callables of the payload."""

    def __init__(self) -> None:
        self.by_name: dict[str, Function] = {}
        self.server = _Server(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def define(self, function: Function) -> str:
        """The name under which tasks can call `function`."""
        name = f"function-{uuid.uuid4().hex}"
        self.by_name[name] = function
        return name

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, name: str, payload: Any) -> tuple[int, dict[str, str], Any]:
        if name not in self.by_name:
            return 404, {"x-amzn-ErrorType": "ResourceNotFoundException"}, {"Message": f"Function not found: {name}"}
        try:
            return 200, {}, self.by_name[name](payload)
        except FunctionError as error:
            return 200, {"X-Amz-Function-Error": "Unhandled"}, error.payload

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        functions = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers, answer = functions.invoke(self.path.split("/")[3], payload)
                body = json.dumps(answer).encode()
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        return Handler


class Statuses:
    """Every status event, in order; `wait_for` blocks until an execution has a status."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._events: list[dict[str, Any]] = []

    def add(self, event: dict[str, Any]) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def of(self, arn: str) -> list[dict[str, Any]]:
        with self._changed:
            return [event for event in self._events if event["detail"]["executionArn"] == arn]

    def wait_for(self, arn: str, count: int) -> list[dict[str, Any]]:
        """The first `count` events of the execution; fails after the deadline."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._count(arn) >= count, DEADLINE_SECONDS)
        events = self.of(arn)
        assert arrived, f"{arn} has only the events {[event['detail']['status'] for event in events]}"
        return events

    def _count(self, arn: str) -> int:
        return sum(event["detail"]["executionArn"] == arn for event in self._events)


class Probe:
    """Clients of a running LocalAws, and words for what the tests do again and again."""

    def __init__(self, aws: LocalAws, functions: Functions) -> None:
        self.aws, self.functions, self.statuses = aws, functions, Statuses()
        aws.on_execution_status(self.statuses.add)
        self.sfn = self.client("stepfunctions")

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.aws.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64, proxies={}),
        )

    def machine(self, definition: dict[str, Any]) -> str:
        """The ARN of a new state machine."""
        name = f"machine-{uuid.uuid4().hex}"
        created = self.sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        return str(created["stateMachineArn"])

    def start(self, definition: dict[str, Any], document: Any = None) -> str:
        """The ARN of a new execution of a new machine."""
        machine = self.machine(definition)
        return str(self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(document or {}))["executionArn"])

    def run(self, definition: dict[str, Any], document: Any = None) -> dict[str, Any]:
        """The description of a new execution after it ended."""
        return self.ended(self.start(definition, document))

    def ended(self, arn: str, attempt: int = 1) -> dict[str, Any]:
        """The description after the `attempt`th end; every attempt has two events, its start and its end."""
        self.statuses.wait_for(arn, 2 * attempt)
        return self.describe(arn)

    def describe(self, arn: str) -> dict[str, Any]:
        described: dict[str, Any] = self.sfn.describe_execution(executionArn=arn)
        return described

    def history(self, arn: str) -> list[dict[str, Any]]:
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def event_types(self, arn: str) -> list[str]:
        return [event["type"] for event in self.history(arn)]


class Gate:
    """A function that hands its task token to the test; `token` waits for the next one."""

    def __init__(self, probe: Probe) -> None:
        self._tokens: queue.Queue[str] = queue.Queue()
        self.name = probe.functions.define(lambda payload: self._tokens.put(payload["token"]))

    def token(self) -> str:
        return self._tokens.get(timeout=DEADLINE_SECONDS)

    def task(self, **fields: Any) -> dict[str, Any]:
        """A task state that waits at this gate."""
        parameters = {"FunctionName": self.name, "Payload": {"token.$": "$$.Task.Token"}}
        resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        return {"Type": "Task", "Resource": resource, "Parameters": parameters, **({"End": True} | fields)}


def task(function: str, **fields: Any) -> dict[str, Any]:
    """A task state that calls `function` with the state's input and puts out what it returns."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        **fields,
    }
    return state if "Next" in state else {**state, "End": True}


def single(state: dict[str, Any]) -> dict[str, Any]:
    """A machine of one state, and of `Caught` for a state whose Catch leads there."""
    return {"StartAt": "Only", "States": {"Only": state, "Caught": {"Type": "Pass", "End": True}}}


def in_background(action: Callable[[], Any]) -> "Future[Any]":
    """The result of `action`, which runs in a thread of its own."""
    future: Future[Any] = Future()

    def complete() -> None:
        try:
            future.set_result(action())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=complete, daemon=True).start()
    return future


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    """One empty AWS for the tests of a file."""
    functions = Functions()
    with LocalAws(lambda_url=functions.url, region=REGION, account=ACCOUNT) as aws:
        yield Probe(aws, functions)
    functions.close()


@pytest.fixture
def gate(probe: Probe) -> Gate:
    """A gate of the test's own."""
    return Gate(probe)
