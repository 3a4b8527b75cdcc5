"""One HTTP function: its routes, who is asking, and every error as a problem. The handlers add what they answer."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from tollgate.api import problem
from tollgate.api.principals import principal_of
from tollgate.api.query import refuse_unknown
from tollgate.definitions.registry import Registry
from tollgate.models.principal import Principal
from tollgate.store.shared_clock import shared_clock

INTEGRATION_SECONDS = 30.0
"""API Gateway waits no longer for an answer, so a request is younger than that.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""


class Api(APIGatewayHttpResolver):
    """An API Gateway v2 app that answers every error with a problem document, unknown query parameters included."""

    def __init__(self) -> None:
        super().__init__()
        problem.install(self)
        self.use(middlewares=[_known_query])

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answers one request."""
        shared_clock().told(event["requestContext"]["timeEpoch"] / 1000, within=INTEGRATION_SECONDS)
        return super().resolve(event, context)

    def principal(self, registry: Registry) -> Principal:
        """Who sent the current request. Raises `ForbiddenError`."""
        return principal_of(self.current_event.raw_event, registry)

    @property
    def event(self) -> dict[str, Any]:
        """The current request as API Gateway delivered it."""
        return self.current_event.raw_event

    @property
    def query(self) -> dict[str, str]:
        """The current request's query parameters."""
        return self.current_event.query_string_parameters

    def header(self, name: str) -> str | None:
        """A header of the current request, in whatever case it came."""
        headers = {key.lower(): value for key, value in (self.current_event.headers or {}).items()}
        return headers.get(name.lower())


def _known_query(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Whatever a route does: a parameter that it does not have is told before anything is read or done."""
    event = app.current_event
    refuse_unknown(str(event.raw_event["routeKey"]), event.query_string_parameters)
    return next_middleware(app)


def answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """A JSON answer that no cache keeps."""
    return Response(
        status_code=status,
        content_type="application/json",
        body=json.dumps(value, ensure_ascii=False),
        headers={"Cache-Control": "no-store"} | (headers or {}),
    )
