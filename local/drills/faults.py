"""What befalls the infrastructure in a drill: processes die, tables throttle, a callback is lost, a machine ends."""

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.responses import DynamoHandler
from moto.stepfunctions.responses import StepFunctionResponse

from local.lambda_host.function import Outcome
from local.lambda_host.process import FunctionProcess
from local.lambda_host.runtime_api import Invocation
from local.moto_fixes.patching import refusal

KILL_SECONDS = 0.02
"""Into an invocation: after its process has the event, before it has done its work."""

THROTTLE_EVERY = 7

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


def kill_function(process_ids: dict[int, str], ending: str) -> None:
    """`kill -9` of every process of the function whose name ends so."""
    for process_id, name in process_ids.items():
        if name.endswith(ending):
            _kill(process_id)


def _kill(process_id: int) -> None:
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return
