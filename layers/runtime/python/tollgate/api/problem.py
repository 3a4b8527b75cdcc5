"""Every error of the API as `application/problem+json` (RFC 9457), and nothing of the inside in any of them."""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError

from tollgate.api.body import MAX_BYTES, TooLargeError
from tollgate.errors import (
    ApprovalClosedError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RequestRejectedError,
    StaleFingerprintError,
    UnauthenticatedError,
    UnreachableError,
    UnreadableError,
)
from tollgate.redaction.process import masked

CONTENT_TYPE = "application/problem+json"
_TYPES = "urn:tollgate:problem"

logger = Logger(child=True)


class NotPossibleError(Exception):
    """The execution is not in a state that allows this (409); the message says why."""


class RejectedInputError(RequestRejectedError):
    """Admission refused the input; the record of that is `execution_id`."""

    def __init__(self, message: str, execution_id: str, violations: list[dict[str, str]]) -> None:
        super().__init__(message)
        self.execution_id = execution_id
        self.violations = violations


_KINDS: dict[type[Exception], tuple[int, str, str]] = {
    UnreadableError: (400, "unreadable", "The body cannot be read"),
    UnauthenticatedError: (401, "unauthenticated", "The signature is missing, wrong or too old"),
    ForbiddenError: (403, "forbidden", "Not allowed"),
    NotFoundError: (404, "not-found", "Not found"),
    RouteNotFoundError: (404, "no-route", "No such route"),
    ApprovalClosedError: (409, "approval-closed", "The approval is no longer open"),
    StaleFingerprintError: (409, "stale-fingerprint", "The call has changed"),
    NotPossibleError: (409, "not-possible", "Not possible in this state"),
    ConflictError: (409, "conflict", "Somebody else changed it"),
    TooLargeError: (413, "too-large", "The body is too large"),
    RejectedInputError: (422, "input-rejected", "The input was rejected"),
    InvalidError: (422, "invalid", "The request is not valid"),
    UnreachableError: (503, "unreachable", "A service did not answer"),
}
"""Error -> HTTP status, last part of the problem's `type`, and `title`."""


def install(app: APIGatewayHttpResolver) -> None:
    """Every error of this app is a problem from now on; one that nobody foresaw is logged and told without detail."""
    for kind in _KINDS:
        app.exception_handler(kind)(_handler(app, kind))
    app.exception_handler(Exception)(_unforeseen(app))


def problem(
    *, status: int, kind: str, title: str, detail: str, instance: str, more: dict[str, Any] | None = None
) -> Response[str]:
    """One problem document."""
    told = masked(detail)
    body = {"type": f"{_TYPES}:{kind}", "title": title, "status": status, "detail": told, "instance": instance}
    headers = {"Retry-After": "5"} if status == 503 else {}
    text = json.dumps(body | _masked(more or {}), ensure_ascii=False)
    return Response(status_code=status, content_type=CONTENT_TYPE, body=text, headers=headers)


def _handler(app: APIGatewayHttpResolver, kind: type[Exception]) -> Callable[[Exception], Response[str]]:
    status, name, title = _KINDS[kind]

    def answer(error: Exception) -> Response[str]:
        detail = _detail(error, app.current_event.raw_path)
        return problem(
            status=status, kind=name, title=title, detail=detail, instance=app.current_event.raw_path, more=_more(error)
        )

    return answer


def _unforeseen(app: APIGatewayHttpResolver) -> Callable[[Exception], Response[str]]:
    def answer(error: Exception) -> Response[str]:
        logger.exception("a request failed for a reason that nobody foresaw", exc_info=error)
        request_id = app.current_event.request_context.request_id
        return problem(
            status=500,
            kind="internal",
            title="Internal error",
            detail=f"something failed on our side; the log has it under request {request_id}",
            instance=app.current_event.raw_path,
        )

    return answer


def _detail(error: Exception, path: str) -> str:
    if isinstance(error, TooLargeError):
        return f"the body is over {MAX_BYTES:,} bytes; send less, or put documents where a tool can fetch them"
    if isinstance(error, RouteNotFoundError):
        return f"there is no route {path}; GET /v1/openapi.json lists them all"
    return str(error)


def _masked(more: dict[str, Any]) -> dict[str, Any]:
    """What is wrong is told in words that may quote what was sent."""
    violations = [{**found, "message": masked(found["message"])} for found in more.get("violations", [])]
    return more | ({"violations": violations} if violations else {})


def _more(error: Exception) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if isinstance(error, InvalidError | RejectedInputError) and error.violations:
        more["violations"] = error.violations
    if isinstance(error, RejectedInputError):
        more["execution_id"] = error.execution_id
    return more
