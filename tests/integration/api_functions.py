"""The API's functions as Lambda runs them: their own handler files, golden events of API Gateway, and answers parsed.

Events are written after https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tollgate import background
from tollgate.api.openapi import document
from tollgate.api.routes import ROUTES
from tollgate.definitions import registry as registries
from tollgate.models.principal import Principal

from local.loopback import LoopbackHandler, LoopbackServer
from tests.integration.gate_world import ADA, GateWorld

HANDLERS = Path(__file__).parents[2] / "lambdas" / "api"


@dataclass(frozen=True)
class Answer:
    """One answer of a function."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about itself."""

    function_name: str
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:api"
    aws_request_id: str = "req-1"


@dataclass
class Functions:
    """Routes a request to its function as API Gateway does."""

    handlers: dict[str, Callable[[dict[str, Any], Any], dict[str, Any]]] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What functions were started with and has not run, because Lambda is `busy`."""
    busy: bool = False
    refuses: bool = False

    def send(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        who: Principal | None = ADA,
        headers: dict[str, str] | None = None,
        base64_encoded: bool = False,
    ) -> Answer:
        """The answer to one request; a body that is no text is sent as JSON."""
        url = urlsplit(target)
        route = route_of(method, url.path)
        concern = next(name for name, routes in ROUTES.items() if route in routes)
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        event = event_of(route, method, target, text, who, headers or {})
        if base64_encoded and text is not None:
            event |= {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}
        answer = self.handlers[concern](event, Context(concern))
        return Answer(answer["statusCode"], answer["headers"], json.loads(answer["body"]))

    def take(self, concern: str, event: dict[str, Any]) -> None:
        """One event that nobody waits for: it runs before it is accepted, unless Lambda is busy."""
        self.events.append((concern, event))
        if not self.busy:
            self.run_events()

    def run_events(self) -> None:
        """Runs what is left, in its order."""
        while self.events:
            concern, event = self.events.pop(0)
            self.handlers[concern](event, Context(concern))

    def forget(self, concern: str) -> None:
        """A new process of the function: what the old one kept is gone."""
        self.handlers[concern] = _load(concern)


def route_of(method: str, path: str) -> str:
    """The route key that API Gateway would choose."""
    parts = path.split("/")
    for routes in ROUTES.values():
        for route in routes:
            verb, template = route.split(" ")
            pattern = template.split("/")
            fits = len(pattern) == len(parts) and all(
                a == b or a.startswith("{") for a, b in zip(pattern, parts, strict=True)
            )
            if verb == method and fits:
                return route
    raise LookupError(f"no route for {method} {path}")


def event_of(
    route: str, method: str, target: str, body: str | None, who: Principal | None, headers: dict[str, str]
) -> dict[str, Any]:
    """An API Gateway event, payload format 2.0, of a caller that IAM knows by an assumed role."""
    url = urlsplit(target)
    authorizer = {} if who is None else {"authorizer": {"iam": iam(who)}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": url.path,
        "rawQueryString": url.query,
        "headers": {"content-type": "application/json", "host": "api.example.com"} | headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-1",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": url.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": headers.get("user-agent", "test"),
            },
            "requestId": "req-1",
            "routeKey": route,
            "stage": "$default",
            "time": "22/Nov/2026:20:00:00 +0000",
            "timeEpoch": round(time.time() * 1000),
            **authorizer,
        },
        "isBase64Encoded": False,
    }
    if url.query:
        event["queryStringParameters"] = dict(parse_qsl(url.query))
    return event if body is None else event | {"body": body}


def iam(who: Principal) -> dict[str, Any]:
    """What IAM says of a session of the principal's role; the session's name is somebody else's."""
    return {
        "accessKey": "ASIAEXAMPLE",
        "accountId": "123456789012",
        "callerId": f"AROAEXAMPLE:{who.id}",
        "userArn": f"arn:aws:sts::123456789012:assumed-role/{who.id}/eve",
        "userId": f"AROAEXAMPLE:{who.id}",
    }


@contextmanager
def deployed(world: GateWorld, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """All functions of the API with this world's tables in their environment and its registry in their layer."""
    package = folder / "tollgate_definitions"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "registry.json").write_text(world.registry.model_dump_json())
    patch.syspath_prepend(str(folder))
    sys.modules.pop("tollgate_definitions", None)
    registries.deployed.cache_clear()
    for name, value in world.stores.settings.model_dump().items():
        patch.setenv(f"TOLLGATE_{name.upper()}", value)
    functions = Functions({concern: _load(concern) for concern in ROUTES})
    with _lambda_of(functions) as url:
        patch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        background._functions.cache_clear()
        yield functions
    background._functions.cache_clear()
    registries.deployed.cache_clear()
    sys.modules.pop("tollgate_definitions", None)


@contextmanager
def _lambda_of(functions: Functions) -> Iterator[str]:
    """The Invoke API of these functions, for those that they start themselves."""

    class Lambda(LoopbackHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
            event = json.loads(self.read_body())
            if functions.refuses or self.headers["X-Amz-Invocation-Type"] != "Event":
                self.answer(400, b'{"message": "not now"}', {"X-Amzn-ErrorType": "InvalidRequestContentException"})
                return
            functions.take(self.path.split("/")[3], event)
            self.answer(202)

    server = LoopbackServer(Lambda)
    server.start()
    yield server.url
    server.stop()


def schema_of(name: str) -> dict[str, Any]:
    """A schema of the OpenAPI document, with what it refers to."""
    components = document()["components"]
    return {"$ref": f"#/components/schemas/{name}", "components": components}


def _load(concern: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    spec = importlib.util.spec_from_file_location(f"api_{concern}_handler", HANDLERS / concern / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[dict[str, Any], Any], dict[str, Any]] = module.handler
    return handler
