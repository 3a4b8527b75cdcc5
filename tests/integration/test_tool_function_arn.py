"""Kind `function_arn`: what the target is sent, and what each way of not answering becomes."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from tollgate.errors import CallUnfinishedError
from tollgate.tool_runtime import function_arn
from tollgate.tool_runtime.function_arn import FunctionRunner

from tests.integration.tool_world import Held, ToolWorld, manifest, tools

__all__ = ["tools"]

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:orders"


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, tools: ToolWorld) -> Iterator[Stubber]:
    client = boto3.client("lambda")
    monkeypatch.setattr(function_arn, "_lambda", lambda seconds: client)
    with Stubber(client) as stubber:
        yield stubber


def answers(target: Stubber, body: bytes, **fields: Any) -> None:
    payload = StreamingBody(io.BytesIO(body), len(body))
    target.add_response(
        "invoke",
        {"StatusCode": 200, "Payload": payload, **fields},
        {"FunctionName": ARN, "Payload": ANY, "ClientContext": ANY},
    )


def called(tools: ToolWorld, **fields: Any) -> Held:
    tool = manifest(**{"kind": "function_arn", "function_arn": ARN, **fields})
    held = tools.cleared(tool)
    held.run(FunctionRunner(tool))
    return held


def test_target_gets_the_arguments_as_its_event_and_the_call_beside_them(
    tools: ToolWorld, target: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing function needs no change; one that looks can tell a repetition by the key."""
    sent: list[Any] = []
    target.client.meta.events.register("before-parameter-build.lambda.Invoke", lambda params, **_: sent.append(params))
    answers(target, b'{"found": 1}')
    held = called(tools)
    beside = json.loads(base64.b64decode(sent[0]["ClientContext"]))["custom"]
    assert held.result.value == {"found": 1}
    assert json.loads(sent[0]["Payload"]) == {"item": "a"}
    assert beside["execution_id"] == held.call.execution_id
    assert (len(beside["idempotency_key"]), beside["attempt"]) == (64, 1)


def test_answer_larger_than_the_state_machine_allows_is_kept_whole(tools: ToolWorld, target: Stubber) -> None:
    """Over 256 KiB: the ledger has it, the model reads it cut."""
    rows = ["row" * 10] * 20_000
    answers(target, json.dumps(rows).encode())
    held = called(tools)
    assert (held.result.value, held.result.cut) == (rows, True)


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"{"])
def test_answer_that_is_no_json_is_a_named_error(tools: ToolWorld, target: Stubber, body: bytes) -> None:
    """What the function said is not taken for a result."""
    answers(target, body)
    assert called(tools).result.error == "ToolOutputError"


def test_error_of_the_target_is_told_and_not_retried(tools: ToolWorld, target: Stubber) -> None:
    """Its own retries are its own business."""
    error = {"errorType": "KeyError", "errorMessage": "no such order", "stackTrace": ["line of its code"]}
    answers(target, json.dumps(error).encode(), FunctionError="Unhandled")
    held = called(tools)
    assert held.result.message == f"{ARN} failed: KeyError: no such order"
    assert (held.result.error, held.result.attempts) == ("FunctionFailedError", 1)


CUT_OFF = [
    {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out after 3.00 seconds"},
    {"errorMessage": "2026-11-23T00:00:00.000Z 1 Task timed out after 3.00 seconds"},
    {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited with error: signal: killed"},
]


@pytest.mark.parametrize("error", CUT_OFF)
def test_effect_whose_target_was_cut_off_is_unknown(tools: ToolWorld, target: Stubber, error: dict[str, str]) -> None:
    """A function that ran out of time may have done it: a person is asked, or the model told; no repeat."""
    answers(target, json.dumps(error).encode(), FunctionError="Unhandled")
    with pytest.raises(CallUnfinishedError, match="whether its effect happened is unknown"):
        called(tools, effect="write", sinks=[["item"]])
    answers(target, json.dumps(error).encode(), FunctionError="Unhandled")
    held = called(tools, effect="write", sinks=[["item"]], on_retry="keyed")
    assert (held.result.error, held.result.unknown, held.result.attempts) == ("FunctionFailedError", True, 1)


@pytest.mark.parametrize("body", [b"killed", b"[1]", b'"words"'])
def test_error_of_any_shape_is_told(tools: ToolWorld, target: Stubber, body: bytes) -> None:
    """A target of another runtime says it in its own form."""
    answers(target, body, FunctionError="Unhandled")
    assert called(tools).result.message.endswith(body.decode())


def test_answer_that_breaks_off_is_lost(tools: ToolWorld, target: Stubber) -> None:
    """Fewer bytes than announced: what was done is not known."""
    payload = StreamingBody(io.BytesIO(b'{"do'), 500)
    target.add_response("invoke", {"StatusCode": 200, "Payload": payload})
    with pytest.raises(CallUnfinishedError, match="unknown"):
        called(tools, effect="write", sinks=[["item"]])


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ResourceNotFoundException", "AccessDeniedException"])
def test_function_that_was_not_started_is_unavailable(tools: ToolWorld, target: Stubber, code: str) -> None:
    """Lambda itself says that nothing ran."""
    target.add_client_error("invoke", code)
    held = called(tools, effect="write", sinks=[["item"]])
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)


def test_failing_lambda_api_is_asked_again_for_a_read(tools: ToolWorld, target: Stubber) -> None:
    """By the wrapper, within the manifest's attempts."""
    target.add_client_error("invoke", "ServiceException")
    answers(target, b"1")
    assert called(tools).result.attempts == 2


@pytest.mark.parametrize(
    ("error", "started"),
    [(EndpointConnectionError(endpoint_url="x"), False), (ConnectionClosedError(endpoint_url="x"), True)],
)
def test_lost_answer_of_an_effect_that_never_repeats_is_left_to_a_person(
    tools: ToolWorld, monkeypatch: pytest.MonkeyPatch, error: Exception, started: bool
) -> None:
    """A connection that never was is certain; one that broke is not."""

    class Client:
        def invoke(self, **_: Any) -> Any:
            raise error

    monkeypatch.setattr(function_arn, "_lambda", lambda seconds: Client())
    if started:
        with pytest.raises(CallUnfinishedError, match="unknown"):
            called(tools, effect="write", sinks=[["item"]])
    else:
        assert called(tools, effect="write", sinks=[["item"]]).result.started is False
