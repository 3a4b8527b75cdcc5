"""The handler of every tool of the workflow tests: reports each start to the test and does what the answer says."""

import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from tollgate.errors import ToolTransientError, ToolUnavailableError
from tollgate.tool_runtime.tool_call import ToolCall

ODD: dict[str, Callable[[], Any]] = {
    "a set": lambda: {1, 2},
    "bytes": lambda: b"\xff\xfe",
    "not a number": lambda: {"amount": float("nan")},
    "half a character": lambda: {"name": "\ud800"},
    "a deep tree": lambda: json.loads("[" * 500 + "]" * 500),
    "a ring": lambda: _ring(),
    "50 MB": lambda: "x" * 50_000_000,
}
"""What no tool should return, by name: it cannot cross the wire to a test."""


def handle(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What the test wants this start to do."""
    return _do(_report("handle", arguments, call), call)


def verify(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What the test says the earlier start achieved."""
    return _do(_report("verify", arguments, call), call)


def _report(entry: str, arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    told = {
        "entry": entry,
        "arguments": {name: value for name, value in arguments.items() if name != "hook"},
        "execution_id": call.execution_id,
        "call_id": call.call_id,
        "attempt": call.attempt,
        "key": call.idempotency_key,
        "principal": call.principal.id,
        "tool": os.environ["AWS_LAMBDA_FUNCTION_NAME"].rpartition("-tool-")[2],
        "process_id": os.getpid(),
    }
    request = urllib.request.Request(arguments["hook"], json.dumps(told).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def _do(order: dict[str, Any], call: ToolCall) -> Any:
    match order["do"]:
        case "transact":
            _transact(order["value"], call)
        case "transient":
            raise ToolTransientError("try again")
        case "unavailable":
            raise ToolUnavailableError("the effect was not started")
        case "fail":
            raise ValueError(order["value"])
        case "hang":
            threading.Event().wait(60)
        case "exit":
            os._exit(9)
        case "odd":
            return ODD[order["value"]]()
    return order["value"]


def _ring() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def _transact(result: Any, call: ToolCall) -> None:
    """An effect that counts each time it happens, and the record of the call, in one transaction."""
    item = {"execution_id": {"S": call.execution_id}, "number": {"N": str(time.time_ns())}}
    effect: Any = {"Put": {"TableName": "tollgate-local-effects", "Item": item}}
    done: Any = call.done_in_transaction(result)
    boto3.client("dynamodb").transact_write_items(TransactItems=[effect, done])
