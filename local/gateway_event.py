"""Builds the event that an HTTP API hands to a function, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.template.routes import Route

_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "transfer-encoding", "upgrade"})


@dataclass(frozen=True)
class Request:
    """One HTTP request. `target` is path and query as they were sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str


def event_of(route: Route, request: Request, principal: str | None) -> dict[str, Any]:
    """The event; `principal` is what the authorizer found, absent on a route without one."""
    url = urlsplit(request.target)
    headers = _headers(request)
    text, encoded = _body(request.body, headers.get("content-type"))
    optional = {
        "cookies": _cookies(request),
        "queryStringParameters": _query(url.query),
        "pathParameters": _path_parameters(route, url.path),
        "body": text,
    }
    return {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(url.path),
        "rawQueryString": url.query,
        "headers": headers,
        "requestContext": _context(route, request, headers, principal),
        "isBase64Encoded": encoded,
        **{name: value for name, value in optional.items() if value},
    }


def _context(route: Route, request: Request, headers: dict[str, str], principal: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    context = {
        "accountId": "anonymous",
        "apiId": route.api_id,
        "domainName": headers.get("host", ""),
        "domainPrefix": route.api_id,
        "http": {
            "method": request.method,
            "path": unquote(urlsplit(request.target).path),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    return context if principal is None else {**context, "authorizer": {"lambda": {"principal": principal}}}


def _headers(request: Request) -> dict[str, str]:
    """Names in lower case, repeated ones joined by commas; cookies have a place of their own."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key != "cookie" and key not in _HOP_BY_HOP:
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _cookies(request: Request) -> list[str]:
    lines = [value for name, value in request.headers if name.lower() == "cookie"]
    return [cookie.strip() for line in lines for cookie in line.split(";") if cookie.strip()]


def _query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _path_parameters(route: Route, path: str) -> dict[str, str]:
    pairs = zip(route.segments, path.split("/")[1:], strict=True)
    return {pattern[1:-1]: unquote(segment) for pattern, segment in pairs if pattern.startswith("{")}


def _body(body: bytes, content_type: str | None) -> tuple[str, bool]:
    """Text as it is, everything else (forms too) in base64; True if it is encoded."""
    media_type = (content_type or "text/plain").partition(";")[0].strip().lower()
    if media_type in _TEXT_TYPES or media_type.startswith("text/"):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass  # not the text it claims to be: as binary, the function can still look at it
    return base64.b64encode(body).decode("ascii"), bool(body)
