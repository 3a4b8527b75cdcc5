"""Lambda's Invoke API over HTTP, so that any AWS SDK or state-machine interpreter can call the functions.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
import re
import uuid
from typing import Protocol, cast
from urllib.parse import parse_qs, unquote, urlsplit

from local.lambda_host.elsewhere import Elsewhere
from local.lambda_host.function import Outcome, ThrottledError, UnknownFunctionError
from local.loopback import LoopbackHandler, LoopbackServer

REQUEST_LIMIT_BYTES = 6 * 1024 * 1024
EVENT_LIMIT_BYTES = 1024 * 1024
INVOCATIONS = re.compile(r"^/2015-03-31/functions/([^/]+)/invocations$")


class Functions(Protocol):
    """What the API needs of the host."""

    def invoke(self, name: str, payload: bytes, client_context: str | None = None) -> Outcome: ...

    def invoke_later(self, name: str, payload: bytes) -> None: ...

    def require(self, name: str) -> None: ...


class InvokeApi(LoopbackServer):
    """Serves `POST /2015-03-31/functions/{name or ARN}/invocations`."""

    def __init__(self, functions: Functions, port: int = 0, elsewhere: Elsewhere | None = None) -> None:
        super().__init__(_Handler, port)
        self.functions = functions
        self.elsewhere = elsewhere


class _ApiError(Exception):
    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class _Handler(LoopbackHandler):
    def respond(self) -> None:
        try:
            self._invoke(self._function_name())
        except UnknownFunctionError as error:
            self._ask_elsewhere(str(error))
        except ThrottledError as error:
            self._refuse(429, "TooManyRequestsException", str(error))
        except _ApiError as error:
            self._refuse(error.status, error.error_type, str(error))

    def _invoke(self, name: str) -> None:
        functions = cast(InvokeApi, self.server).functions
        functions.require(name)
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        payload = self._payload(kind)
        if kind == "DryRun":
            self._answer(204)
        elif kind == "Event":
            functions.invoke_later(name, payload)
            self._answer(202)
        elif kind == "RequestResponse":
            outcome = functions.invoke(name, payload, self._client_context())
            self._answer(200, outcome.payload, {"X-Amz-Function-Error": outcome.error} if outcome.error else {})
        else:
            raise _ApiError(400, "InvalidParameterValueException", f"unknown invocation type {kind!r}")

    def _ask_elsewhere(self, unknown: str) -> None:
        elsewhere = cast(InvokeApi, self.server).elsewhere
        body = self.read_body()  # also to refuse: what stays unread would be taken for the next request
        if elsewhere is None:
            self._refuse(404, "ResourceNotFoundException", unknown)
        else:
            reply = elsewhere.invoke(self.path, dict(self.headers.items()), body)
            self.answer(reply.status, reply.body, reply.headers)

    def _function_name(self) -> str:
        url = urlsplit(self.path)
        match = INVOCATIONS.match(url.path)
        if not match or self.command != "POST":
            self.discard_body()
            message = f"the local Lambda endpoint only invokes functions, so not {self.command} {url.path}"
            raise _ApiError(404, "UnknownOperationException", message)
        name = unquote(match[1])
        qualifier = parse_qs(url.query).get("Qualifier")
        return f"{name}:{qualifier[0]}" if qualifier else name

    def _payload(self, kind: str) -> bytes:
        limit = EVENT_LIMIT_BYTES if kind == "Event" else REQUEST_LIMIT_BYTES
        if int(self.headers.get("Content-Length") or 0) > limit:
            self.discard_body()
            raise _ApiError(
                413,
                "RequestTooLargeException",
                f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
            )
        payload = self.read_body() or b"{}"
        try:
            json.loads(payload)
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            raise _ApiError(400, "InvalidRequestContentException", message) from error
        return payload

    def _client_context(self) -> str | None:
        """The caller's context as the JSON that the function reads; in the request it is Base64."""
        given = self.headers.get("X-Amz-Client-Context")
        try:
            return json.dumps(json.loads(base64.b64decode(given, validate=True))) if given else None
        except ValueError as error:
            message = f"Client context must be a valid Base64-encoded JSON object: {error}"
            raise _ApiError(400, "InvalidRequestContentException", message) from error

    def _refuse(self, status: int, error_type: str, message: str) -> None:
        body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
        self._answer(status, body, {"x-amzn-ErrorType": error_type})

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        common = {
            "Content-Type": "application/json",
            "X-Amz-Executed-Version": "$LATEST",
            "x-amzn-RequestId": str(uuid.uuid4()),
        }
        self.answer(status, body, {**common, **(headers or {})})
