"""What befalls the infrastructure in a drill: processes die, clocks are off, tables throttle, a callback is lost."""

import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.dynamodb.responses import DynamoHandler
from moto.stepfunctions.responses import StepFunctionResponse

from local.lambda_host.function import Outcome
from local.lambda_host.process import FunctionProcess
from local.lambda_host.runtime_api import Invocation
from local.moto_fixes.patching import refusal
from local.stack import LocalStack

KILL_SECONDS = 0.02
"""Into an invocation: after its process has the event, before it has done its work."""

THROTTLE_EVERY = 7

SKEWED_CHILD = Path(__file__).with_name("skewed_child.py")

BUSY = (
    400,
    {"x-amzn-RequestId": "drill", "Content-Type": "application/x-amz-json-1.0"},
    '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"busy"}',
)
"""As DynamoDB words a throttle on the wire."""


@contextmanager
def tasks_killed_once() -> Iterator[set[str]]:
    """The first invocation of every task function loses its process on the way; which ones, so far."""
    killed: set[str] = set()
    original = FunctionProcess.invoke

    def invoke(process: FunctionProcess, invocation: Invocation) -> Outcome:
        name = process.spec.name
        if "-task-" in name and name not in killed:
            killed.add(name)
            timer = threading.Timer(KILL_SECONDS, _kill, [process.process_id])
            timer.start()
            try:
                return original(process, invocation)
            finally:
                timer.cancel()
        return original(process, invocation)

    with patch.object(FunctionProcess, "invoke", invoke):
        yield killed


@contextmanager
def tables_throttled() -> Iterator[None]:
    """Every seventh request to DynamoDB is refused as if the table were too busy."""
    count, original = itertools.count(1), DynamoHandler.call_action

    def call_action(handler: Any) -> Any:
        if next(count) % THROTTLE_EVERY == 0:
            return BUSY
        return original(handler)

    with patch.object(DynamoHandler, "call_action", call_action):
        yield


@contextmanager
def callback_lost_once() -> Iterator[None]:
    """The first SendTaskSuccess never reaches the machine, and the caller is told so."""
    first, original = itertools.count(), StepFunctionResponse.send_task_success

    def send_task_success(response: Any) -> Any:
        if next(first) < 4:  # the SDK's own attempts are one loss
            raise refusal("ServiceUnavailable", "the drill lost this callback")
        return original(response)

    with patch.object(StepFunctionResponse, "send_task_success", send_task_success):
        yield


@contextmanager
def clocks_skewed(stack: LocalStack) -> Iterator[None]:
    """Every process of a function that starts from here on has a clock that is off by four minutes."""
    kill_functions(stack.process_ids, "")
    try:
        with patch("local.lambda_host.process.CHILD", SKEWED_CHILD):
            yield
    finally:
        kill_functions(stack.process_ids, "")


@contextmanager
def machine_ends_after(stack: LocalStack, seconds: int) -> Iterator[None]:
    """An execution that is started in here is timed out by the machine itself; the definition is put back at the end.

    An execution keeps the definition that it was started under.
    """
    client, arn = stack.client("stepfunctions"), stack.state_machine_arn
    definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
    shortened = json.dumps(json.loads(definition) | {"TimeoutSeconds": seconds})
    client.update_state_machine(stateMachineArn=arn, definition=shortened)
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=arn, definition=definition)


def kill_functions(process_ids: dict[int, str], ending: str) -> None:
    """`kill -9` of every process of the functions whose names end so."""
    for process_id, name in process_ids.items():
        if name.endswith(ending):
            _kill(process_id)


def _kill(process_id: int) -> None:
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return
