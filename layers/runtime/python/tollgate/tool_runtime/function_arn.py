"""Kind `function_arn`: an existing Lambda function, unchanged. The one place where a Lambda waits on another."""

import base64
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
)

from tollgate.errors import FinalError, ToolUnavailableError
from tollgate.models.tool import Tool
from tollgate.redaction.shorten import shortened
from tollgate.tool_runtime.output import ToolOutputError
from tollgate.tool_runtime.runner import answer_lost, unknown
from tollgate.tool_runtime.tool_call import ToolCall

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

MESSAGE_CHARACTERS = 1_000

_NOT_STARTED = {
    "TooManyRequestsException",
    "ResourceNotFoundException",
    "AccessDeniedException",
    "InvalidRequestContentException",
    "RequestTooLargeException",
}

_CUT_OFF = {"Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory"}
"""The error types of a function that did not end by itself; older runtimes name none and say it in the message."""


class FunctionFailedError(FinalError):
    """The target raised an error or was cut off; the message is its own."""


@cache
def _lambda(seconds: int) -> "LambdaClient":
    """The alarm of the wrapper comes first; the socket's own timeout is for a process that lost its alarm."""
    return boto3.client(
        "lambda", config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=seconds + 5)
    )


class FunctionRunner:
    """Invokes the target with the arguments as its event, so that a function which knows nothing of us stays as it is.

    One that wants to tell a repetition reads `context.client_context.custom["idempotency_key"]`.
    """

    def __init__(self, manifest: Tool) -> None:
        self._manifest = manifest
        self._arn = manifest.function_arn or ""

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """The function's answer, however large. A throttled or missing function was certainly not started."""
        body, failed = self._invoke(json.dumps(arguments).encode(), _client_context(call))
        if failed:
            raise self._failed(body)
        try:
            return json.loads(body or b"null")
        except ValueError as error:
            raise ToolOutputError(f"{self._arn} answered something that is not JSON ({error})") from None

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        raise FinalError("a function_arn tool has no verify; use on_retry idempotent, keyed or never")

    def _failed(self, body: bytes) -> Exception:
        """An error that the target raised is its answer; one that cut it off leaves an effect unknown."""
        kind, words = _told(body)
        message = f"{self._arn} failed: {shortened(words, MESSAGE_CHARACTERS)}"
        if not self._manifest.is_effect or not (kind in _CUT_OFF or "Task timed out after" in words):
            return FunctionFailedError(message)
        if self._manifest.retry_policy == "never":
            return answer_lost(self._manifest, message)
        return unknown(FunctionFailedError(f"{message}; whether its effect happened is unknown"))

    def _invoke(self, event: bytes, context: str) -> tuple[bytes, bool]:
        """The answer, and whether it is the function's error."""
        try:
            answer = _lambda(self._manifest.timeout_seconds).invoke(
                FunctionName=self._arn, Payload=event, ClientContext=context
            )
            return answer["Payload"].read(), "FunctionError" in answer
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise ToolUnavailableError(f"{self._arn} cannot be reached: {error}") from error
        except (HTTPClientError, IncompleteReadError) as error:
            raise answer_lost(self._manifest, f"{self._arn}: {error}") from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _NOT_STARTED:
                raise ToolUnavailableError(f"{self._arn} was not started: {error}") from error
            raise answer_lost(self._manifest, f"{self._arn}: {code}") from error


def _told(body: bytes) -> tuple[str, str]:
    """Type and words of the target's error, without its stack: that is for its own log."""
    text = body.decode("utf-8", "replace")
    try:
        error = json.loads(text)
    except (ValueError, RecursionError):
        return "", text
    if not isinstance(error, dict) or "errorMessage" not in error:
        return "", text
    kind, message = str(error.get("errorType") or ""), str(error["errorMessage"])
    return kind, f"{kind}: {message}" if kind else message


def _client_context(call: ToolCall) -> str:
    """Base64 of `{"custom": ...}`, far below Lambda's 3,583 bytes: claims stay here.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    facts = {
        "idempotency_key": call.idempotency_key,
        "execution_id": call.execution_id,
        "call_id": call.call_id,
        "attempt": call.attempt,
        "principal": call.principal.id,
        "tenant": call.principal.tenant,
    }
    return base64.b64encode(json.dumps({"custom": facts}).encode()).decode()
