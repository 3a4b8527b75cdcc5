"""Kind `function_arn`: an existing Lambda function, unchanged. The one place where a Lambda waits on another."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from tollgate.errors import FinalError, ToolTransientError, ToolUnavailableError
from tollgate.tool_runtime.tool_call import ToolCall

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_NOT_STARTED = {
    "TooManyRequestsException",
    "ResourceNotFoundException",
    "AccessDeniedException",
    "InvalidRequestContentException",
}


@cache
def _lambda(seconds: int) -> "LambdaClient":
    return boto3.client(
        "lambda", config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=seconds + 5)
    )


class FunctionRunner:
    """Invokes the target with `{"arguments", "call"}`; `call` holds the idempotency key and ids."""

    def __init__(self, function_arn: str, timeout_seconds: int) -> None:
        self._arn = function_arn
        self._timeout_seconds = timeout_seconds

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """The function's answer, however large. A throttled or missing function was certainly not started."""
        payload = {
            "arguments": arguments,
            "call": {
                "idempotency_key": call.idempotency_key,
                "execution_id": call.execution_id,
                "call_id": call.call_id,
                "attempt": call.attempt,
                "principal": call.principal.model_dump(),
            },
        }
        try:
            answer = _lambda(self._timeout_seconds).invoke(FunctionName=self._arn, Payload=json.dumps(payload).encode())
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise ToolUnavailableError(f"{self._arn} cannot be reached: {error}") from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _NOT_STARTED:
                raise ToolUnavailableError(f"{self._arn} was not started: {code}") from error
            raise ToolTransientError(f"{self._arn}: {code}") from error
        body = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise FinalError(f"{self._arn} failed: {body[:1000].decode('utf-8', 'replace')}")
        return json.loads(body or b"null")

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        raise FinalError("a function_arn tool has no verify; use on_retry idempotent, keyed or never")
