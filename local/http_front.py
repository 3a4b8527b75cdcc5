"""The HTTP API on 127.0.0.1: API Gateway's routes, events (payload 2.0) and errors, from the template.

It is the authorizer too: the header `X-Tollgate-Principal` says who is asking, and no function ever sees that header.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from local.gateway_event import Request, event_of
from local.lambda_host.function import Outcome, ThrottledError
from local.loopback import LoopbackHandler, LoopbackServer
from local.template.routes import Route

BODY_LIMIT_BYTES = 10 * 1024 * 1024  # API Gateway's quota for a payload
EVENT_LIMIT_BYTES = 6 * 1024 * 1024  # Lambda's quota for an event
PRINCIPAL_HEADER = "X-Tollgate-Principal"
DEFAULT_PRINCIPAL = json.dumps(
    {
        "id": "local-user",
        "tenant": "local",
        "kind": "person",
        "claims": {"roles": ["admin", "finance", "finance_lead"]},
    }
)

Invoke = Callable[[str, bytes], Outcome]


class HttpFront(LoopbackServer):
    """Serves the routes once `serve` names them; the port is taken at construction, so that the URL is known before."""

    def __init__(self, invoke: Invoke, *, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.invoke = invoke
        self.routes: tuple[Route, ...] = ()

    def serve(self, routes: tuple[Route, ...]) -> None:
        """Starts to answer."""
        self.routes = routes
        self.start()

    def route_of(self, method: str, segments: Sequence[str]) -> Route | None:
        """The most specific route that fits, as API Gateway chooses it."""
        fitting = [route for route in self.routes if route.method == method and _fits(route.segments, segments)]
        return max(fitting, key=lambda route: [not segment.startswith("{") for segment in route.segments], default=None)


class _Handler(LoopbackHandler):
    def respond(self) -> None:
        front = cast(HttpFront, self.server)
        route = front.route_of(self.command, urlsplit(self.path).path.split("/")[1:])
        refusal = self._refusal(route)
        if refusal:
            self.discard_body()
            self._answer_json(refusal[0], {"message": refusal[1]})
        elif route:
            self._run(front, route)

    def _refusal(self, route: Route | None) -> tuple[int, str] | None:
        length = self.headers.get("Content-Length", "0")
        if route is None:
            return 404, "Not Found"
        if self.headers.get("Transfer-Encoding"):
            return 411, "Length Required"
        if not length.isdigit():
            return 400, "Bad Request"
        return (413, "Request Too Long") if int(length) > BODY_LIMIT_BYTES else None

    def _run(self, front: HttpFront, route: Route) -> None:
        body = self.read_body()
        try:
            principal = self._principal() if route.authorized else None
        except ValueError as error:
            self._answer_problem(f"the header {PRINCIPAL_HEADER} is not a JSON object: {error}")
            return
        headers = [(name, value) for name, value in self.headers.items() if name.lower() != PRINCIPAL_HEADER.lower()]
        request = Request(self.command, self.path, tuple(headers), body, self.client_address[0])
        event = json.dumps(event_of(route, request, principal)).encode()
        if len(event) > EVENT_LIMIT_BYTES:
            self._answer_json(413, {"message": "Request Entity Too Large"})
            return
        self._relay(front, route, event)

    def _relay(self, front: HttpFront, route: Route, event: bytes) -> None:
        try:
            outcome = front.invoke(route.function_arn, event)
        except ThrottledError:
            self._answer_json(503, {"message": "Service Unavailable"})
            return
        answer = None if outcome.error else gateway_answer(outcome.payload)
        if answer is None:
            self._answer_json(500, {"message": "Internal Server Error"})
        else:
            self.answer_all(*answer)

    def _principal(self) -> str:
        written = self.headers.get(PRINCIPAL_HEADER)
        if written is None:
            return DEFAULT_PRINCIPAL
        written = written.encode("latin-1").decode("utf-8")  # headers are read as Latin-1, and JSON is UTF-8
        if not isinstance(json.loads(written), dict):
            raise ValueError(f"{written!r}")
        return written

    def _answer_json(self, status: int, document: dict[str, Any]) -> None:
        self.answer(status, json.dumps(document, separators=(",", ":")).encode(), {"Content-Type": "application/json"})

    def _answer_problem(self, detail: str) -> None:
        example = f"write {DEFAULT_PRINCIPAL}"
        problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": f"{detail}; {example}"}
        self.answer(400, json.dumps(problem).encode(), {"Content-Type": "application/problem+json"})


Answer = tuple[int, list[tuple[str, str]], bytes]


def gateway_answer(payload: bytes) -> Answer | None:
    """What API Gateway sends for a function's answer; None if the answer's form is wrong."""
    try:
        document = json.loads(payload)
        if not isinstance(document, dict) or "statusCode" not in document:
            return 200, [("content-type", "application/json")], payload
        headers = [(str(name).lower(), str(value)) for name, value in (document.get("headers") or {}).items()]
        if not any(name == "content-type" for name, _ in headers):
            headers.append(("content-type", "text/plain;charset=UTF-8"))
        cookies = [("set-cookie", str(cookie)) for cookie in document.get("cookies") or []]
        return int(document["statusCode"]), headers + cookies, _body(document)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None


def _body(document: dict[str, Any]) -> bytes:
    body = document.get("body") or ""
    if document.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _fits(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    return len(pattern) == len(segments) and all(
        bool(segment) if wanted.startswith("{") else wanted == segment
        for wanted, segment in zip(pattern, segments, strict=True)
    )
