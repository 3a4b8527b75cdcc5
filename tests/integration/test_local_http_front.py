"""The HTTP front hands functions the events that API Gateway would, and answers its callers as API Gateway does."""

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.http_front import BODY_LIMIT_BYTES, HttpFront, gateway_answer
from local.lambda_host.function import Outcome, ThrottledError
from local.loopback import PortUnavailableError
from local.template.routes import Route

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
ROUTES = (
    Route("POST /v1/things", ARN + "things", True, "api-id"),
    Route("GET /v1/things/{id}", ARN + "thing", True, "api-id"),
    Route("GET /v1/things/{id}/parts/{part}", ARN + "part", True, "api-id"),
    Route("GET /v1/things/special", ARN + "special", True, "api-id"),
    Route("POST /v1/callback", ARN + "callback", False, "api-id"),
)


class Functions:
    """Stands in for the Lambda host: keeps the events and answers what the test says."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.answer: Callable[[], Outcome] = lambda: Outcome(b'{"statusCode": 200, "body": "fine"}')

    def invoke(self, name: str, payload: bytes) -> Outcome:
        self.events.append((name.removeprefix(ARN), json.loads(payload)))
        return self.answer()

    @property
    def event(self) -> dict[str, Any]:
        return self.events[-1][1]


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def front(functions: Functions) -> Iterator[HttpFront]:
    """A front that serves the test's routes."""
    running = HttpFront(functions.invoke)
    running.serve(ROUTES)
    yield running
    running.stop()


def call(
    front: HttpFront, method: str, target: str, body: bytes | None = None, headers: list[tuple[str, str]] | None = None
) -> tuple[int, dict[str, list[str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
    connection.putrequest(method, target, skip_host=any(name == "Host" for name, _ in headers or []))
    for name, value in headers or []:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    found: dict[str, list[str]] = {}
    for name, value in answer.getheaders():
        found.setdefault(name.lower(), []).append(value)
    return answer.status, found, answer.read()


def test_event_has_the_form_of_api_gateways_example(front: HttpFront, functions: Functions) -> None:
    """The event equals the developer guide's example for payload 2.0, for the same request."""
    call(
        front,
        "POST",
        "/v1/things?parameter1=value1&parameter1=value2&parameter2=value",
        b"Hello from Lambda",
        [
            ("Header1", "value1"),
            ("Header2", "value1"),
            ("header2", "value2"),
            ("Cookie", "cookie1; cookie2"),
            ("User-Agent", "agent"),
            ("X-Tollgate-Principal", '{"id": "ada"}'),
        ],
    )
    context = functions.event["requestContext"]
    assert context.pop("requestId")
    assert context.pop("timeEpoch") > 1_700_000_000_000
    assert context.pop("time").endswith("+0000")
    host = f"127.0.0.1:{front.port}"
    assert functions.event == {
        "version": "2.0",
        "routeKey": "POST /v1/things",
        "rawPath": "/v1/things",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1", "cookie2"],
        "headers": {
            "accept-encoding": "identity",
            "content-length": "17",
            "header1": "value1",
            "header2": "value1,value2",
            "host": host,
            "user-agent": "agent",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "api-id",
            "authorizer": {"lambda": {"principal": '{"id": "ada"}'}},
            "domainName": host,
            "domainPrefix": "api-id",
            "http": {
                "method": "POST",
                "path": "/v1/things",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "routeKey": "POST /v1/things",
            "stage": "$default",
        },
        "body": "Hello from Lambda",
        "isBase64Encoded": False,
    }


def test_what_a_request_lacks_is_absent_from_the_event(front: HttpFront, functions: Functions) -> None:
    """No query, cookies, body or path parameters: no such keys, as on API Gateway."""
    call(front, "POST", "/v1/things")
    assert not functions.event.keys() & {"cookies", "queryStringParameters", "pathParameters", "body"}
    assert functions.event["rawQueryString"] == ""


def test_path_parameters_are_decoded(front: HttpFront, functions: Functions) -> None:
    """An encoded slash is part of a parameter, not of the path."""
    call(front, "GET", "/v1/things/tenant%3Aa%2Fb/parts/%C3%A4")
    assert functions.events[-1][0] == "part"
    assert functions.event["pathParameters"] == {"id": "tenant:a/b", "part": "ä"}


def test_literal_route_beats_a_parameter(front: HttpFront, functions: Functions) -> None:
    """The most specific route answers."""
    call(front, "GET", "/v1/things/special")
    call(front, "GET", "/v1/things/other")
    assert [name for name, _ in functions.events] == ["special", "thing"]


@pytest.mark.parametrize(
    ("content_type", "body", "text", "encoded"),
    [
        ("application/json; charset=utf-8", '{"ä": 1}'.encode(), '{"ä": 1}', False),
        ("text/xml", b"<a/>", "<a/>", False),
        ("application/x-www-form-urlencoded", b"payload=%7B", base64.b64encode(b"payload=%7B").decode(), True),
        ("application/octet-stream", b"\x00\xff", "AP8=", True),
        ("application/json", b"\xff", "/w==", True),
    ],
)
def test_body_is_text_for_text_types_and_base64_for_others(
    front: HttpFront, functions: Functions, content_type: str, body: bytes, text: str, encoded: bool
) -> None:
    """Forms, such as Slack's, and binary bodies arrive in base64."""
    call(front, "POST", "/v1/things", body, [("Content-Type", content_type)])
    assert (functions.event["body"], functions.event["isBase64Encoded"]) == (text, encoded)


def test_principal_header_becomes_the_authorizers_context_and_is_stripped(
    front: HttpFront, functions: Functions
) -> None:
    """The function reads who is asking from the authorizer and never sees the header."""
    call(
        front,
        "POST",
        "/v1/things",
        headers=[("x-tollgate-principal", '{"id":"j\u00fcrgen"}'.encode().decode("latin-1"))],
    )
    assert json.loads(functions.event["requestContext"]["authorizer"]["lambda"]["principal"]) == {"id": "jürgen"}
    assert "principal" not in json.dumps(functions.event["headers"]).lower()


def test_request_without_principal_is_the_local_user(front: HttpFront, functions: Functions) -> None:
    """The default principal is a person of tenant local with every role of the example."""
    call(front, "POST", "/v1/things")
    principal = json.loads(functions.event["requestContext"]["authorizer"]["lambda"]["principal"])
    assert principal == {
        "id": "local-user",
        "tenant": "local",
        "kind": "person",
        "claims": {"roles": ["admin", "finance", "finance_lead"]},
    }


@pytest.mark.parametrize("written", ["{broken", '"ada"', "[]"])
def test_principal_that_is_no_json_object_is_a_problem(front: HttpFront, functions: Functions, written: str) -> None:
    """400 problem+json that says what to write, and no function runs."""
    status, headers, body = call(front, "POST", "/v1/things", headers=[("X-Tollgate-Principal", written)])
    assert status == 400
    assert headers["content-type"] == ["application/problem+json"]
    assert "X-Tollgate-Principal" in json.loads(body)["detail"]
    assert functions.events == []


def test_open_route_has_no_authorizer(front: HttpFront, functions: Functions) -> None:
    """A route without authorizer gets no principal, even if the header is sent, and the header is stripped."""
    call(front, "POST", "/v1/callback", headers=[("X-Tollgate-Principal", '{"id":"x"}')])
    assert "authorizer" not in functions.event["requestContext"]
    assert "x-tollgate-principal" not in functions.event["headers"]


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/nowhere"), ("DELETE", "/v1/things"), ("GET", "/v1/things/"), ("OPTIONS", "/v1/things")],
)
def test_unknown_route_is_not_found_in_api_gateways_words(front: HttpFront, method: str, target: str) -> None:
    """404 {"message":"Not Found"}."""
    assert call(front, method, target)[::2] == (404, b'{"message":"Not Found"}')


def test_failing_function_is_an_internal_server_error(front: HttpFront, functions: Functions) -> None:
    """500 {"message":"Internal Server Error"}; what failed stays in the log."""
    functions.answer = lambda: Outcome(b'{"errorMessage": "secret detail"}', "Unhandled")
    assert call(front, "POST", "/v1/things")[::2] == (500, b'{"message":"Internal Server Error"}')


def test_throttled_function_is_a_503(front: HttpFront, functions: Functions) -> None:
    """API Gateway's answer when Lambda says 429."""

    def throttle() -> Outcome:
        raise ThrottledError("cap")

    functions.answer = throttle
    assert call(front, "POST", "/v1/things")[::2] == (503, b'{"message":"Service Unavailable"}')


def test_body_over_ten_megabytes_is_too_long(front: HttpFront, functions: Functions) -> None:
    """413 from the gateway itself; the client can read it although it was still sending."""
    status, _, body = call(front, "POST", "/v1/things", b"x" * (BODY_LIMIT_BYTES + 1))
    assert (status, body) == (413, b'{"message":"Request Too Long"}')
    assert functions.events == []


def test_body_of_two_megabytes_reaches_the_function(front: HttpFront, functions: Functions) -> None:
    """Between our own limit and the gateway's, it is the function that answers."""
    call(front, "POST", "/v1/things", b"x" * 2_000_000, [("Content-Type", "text/plain")])
    assert len(functions.event["body"]) == 2_000_000


def test_event_over_lambdas_limit_is_a_413(front: HttpFront, functions: Functions) -> None:
    """A body that fits the gateway and not Lambda is refused before Lambda is called."""
    status, _, _ = call(front, "POST", "/v1/things", b"\xff" * 6_000_000, [("Content-Type", "image/png")])
    assert status == 413
    assert functions.events == []


def test_chunked_body_is_refused(front: HttpFront, functions: Functions) -> None:
    """411: a body without a length would be read as the next request."""
    assert call(front, "POST", "/v1/things", headers=[("Transfer-Encoding", "chunked")])[0] == 411
    assert functions.events == []


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "evil.example")],
        [("Host", "evil.example:80")],
        [("Host", "127.0.0.1.evil.example")],
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://127.0.0.1:1")],
    ],
)
def test_request_from_another_site_is_forbidden(
    front: HttpFront, functions: Functions, headers: list[tuple[str, str]]
) -> None:
    """403 for a rebound DNS name and for a page of another origin; no function runs."""
    assert call(front, "POST", "/v1/things", b"{}", headers)[0] == 403
    assert functions.events == []


def test_request_from_the_servers_own_page_is_served(front: HttpFront) -> None:
    """The own origin is not another site."""
    origin = ("Origin", f"http://localhost:{front.port}")
    assert call(front, "POST", "/v1/things", headers=[("Host", f"localhost:{front.port}"), origin])[0] == 200


def test_only_the_loopback_address_is_bound(front: HttpFront) -> None:
    """Nobody else on the network can connect."""
    assert front.server_address[0] == "127.0.0.1"


def test_port_in_use_is_told_with_what_to_do(front: HttpFront, functions: Functions) -> None:
    """The message names the port and the option that changes it."""
    with pytest.raises(PortUnavailableError, match=rf"127.0.0.1:{front.port}.*--port"):
        HttpFront(functions.invoke, port=front.port)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"a": 1}', (200, [("content-type", "application/json")], b'{"a": 1}')),
        (
            b'{"statusCode": 201, "headers": {"Location": "/x"}, "cookies": ["a=1", "b=2"], "body": "made"}',
            (
                201,
                [
                    ("location", "/x"),
                    ("content-type", "text/plain;charset=UTF-8"),
                    ("set-cookie", "a=1"),
                    ("set-cookie", "b=2"),
                ],
                b"made",
            ),
        ),
        (
            b'{"statusCode": 200, "headers": {"content-type": "image/png"}, "body": "AP8=", "isBase64Encoded": true}',
            (200, [("content-type", "image/png")], b"\x00\xff"),
        ),
        (b'{"statusCode": 204}', (204, [("content-type", "text/plain;charset=UTF-8")], b"")),
        (b'{"statusCode": "soon"}', None),
        (b'{"statusCode": 200, "headers": ["x"]}', None),
        (b'{"statusCode": 200, "body": "%%", "isBase64Encoded": true}', None),
    ],
)
def test_functions_answer_is_read_as_api_gateway_reads_it(payload: bytes, expected: Any) -> None:
    """A plain value is JSON with 200; a response object is taken as it is; a malformed one is an error."""
    assert gateway_answer(payload) == expected
