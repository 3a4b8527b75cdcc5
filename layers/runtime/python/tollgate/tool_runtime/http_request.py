"""The request of an HTTP operation, filled from a call's arguments. Pure: no socket, no secret."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tollgate.errors import InvalidError
from tollgate.models.tool import HttpOperation

_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class HttpRequest:
    """One request. `headers` are safe to send to any of the tool's hosts."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None

    def moved(self, url: str, *, as_get: bool) -> "HttpRequest":
        """The same request at another URL, or what a 303 asks for."""
        if not as_get:
            return replace(self, url=url)
        method = "HEAD" if self.method == "HEAD" else "GET"
        headers = {name: value for name, value in self.headers.items() if name != "Content-Type"}
        return HttpRequest(method, url, headers)


def filled(operation: HttpOperation, arguments: dict[str, Any], idempotency_key: str | None) -> HttpRequest:
    """The operation's request. Raises `InvalidError` for an argument that cannot stand in a URL."""
    url = _NAME.sub(lambda match: _in_path(match[1], arguments), operation.url)
    _refuse_dot_segments(url)
    pairs = [pair for name in operation.query for pair in _in_query(name, arguments.get(name))]
    if pairs:
        url += ("&" if "?" in url else "?") + urlencode(pairs, quote_via=quote)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "tollgate"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    if not operation.body:
        return HttpRequest(operation.method, url, headers)
    content = {name: arguments[name] for name in operation.body if name in arguments}
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return HttpRequest(operation.method, url, headers | {"Content-Type": "application/json"}, body)


def _in_path(name: str, arguments: dict[str, Any]) -> str:
    """The argument, escaped whole: no value can add a segment, a query or a host."""
    value = _scalar(name, arguments.get(name))
    if not value:
        raise InvalidError(f"{name!r} is part of the URL and must not be missing or empty")
    return quote(value, safe="")


def _refuse_dot_segments(url: str) -> None:
    """`..` is not escaped by anybody and means the folder above."""
    if any(segment in (".", "..") for segment in urlsplit(url).path.split("/")):
        raise InvalidError("an argument in the URL's path must not be '.' or '..'")


def _in_query(name: str, value: Any) -> list[tuple[str, str]]:
    if value is None:
        return []
    return [(name, _scalar(name, item)) for item in (value if isinstance(value, list) else [value])]


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise InvalidError(f"{name!r} stands in the URL and must be a text, a number or a boolean")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
