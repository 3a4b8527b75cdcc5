"""Kind `http`: one operation of somebody else's API, at the hosts of the manifest and nowhere else."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from tollgate.errors import FinalError, ToolTransientError, ToolUnavailableError
from tollgate.models.tool import HttpOperation, Tool
from tollgate.redaction.shorten import shortened
from tollgate.secret_header import forget_secrets
from tollgate.tool_runtime.addresses import Destination, DestinationRefusedError, destination
from tollgate.tool_runtime.binary import Binary
from tollgate.tool_runtime.http_exchange import AnswerLostError, HttpAnswer, exchange
from tollgate.tool_runtime.http_request import HttpRequest, filled
from tollgate.tool_runtime.output import ToolOutputError
from tollgate.tool_runtime.runner import answer_lost, unknown
from tollgate.tool_runtime.tool_call import ToolCall
from tollgate.tool_runtime.tool_secret import tool_secret

REDIRECTS = 5
SEE_OTHER = 303
"""The one redirect that says that the request was taken: its outcome lies elsewhere."""
MESSAGE_CHARACTERS = 1_000
_MOVED = {301, 302, 303, 307, 308}
_BUSY = {429, 502, 503, 504}


class HttpStatusError(FinalError):
    """The server answered with an error; the message holds the status and the beginning of the body."""


class HttpRedirectError(FinalError):
    """The server sent the request on and on, or where it may not go."""


class HttpRunner:
    """Fills, sends, follows what may be followed, and maps the answer."""

    def __init__(self, manifest: Tool, operation: HttpOperation) -> None:
        self._manifest = manifest
        self._operation = operation

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """The body as JSON where it is JSON, else as text."""
        key = call.idempotency_key if self._manifest.is_effect else None
        request = filled(self._operation, arguments, key)
        hops: list[int] = []
        try:
            return value_of(request.method, self._answered(request, call, hops))
        except (HttpStatusError, HttpRedirectError, DestinationRefusedError, ToolUnavailableError) as error:
            if SEE_OTHER in hops and self._manifest.is_effect:
                raise self._perhaps_done(f"the server took the request and sent on to its outcome: {error}") from error
            raise

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        raise FinalError("an http tool has no verify; use on_retry idempotent, keyed or never")

    def _answered(self, request: HttpRequest, call: ToolCall, hops: list[int]) -> HttpAnswer:
        answer = self._follow(request, call, hops)
        if answer.status in (401, 403):
            forget_secrets()
        if answer.status >= 300:
            raise self._error(answer)
        return answer

    def _follow(self, request: HttpRequest, call: ToolCall, hops: list[int]) -> HttpAnswer:
        """The last answer of a chain of redirects, each hop checked like the first; `hops` gets their statuses."""
        to = first = self._first(request)
        for _ in range(REDIRECTS + 1):
            answer = self._send(to, request, call, with_secret=to.origin == first.origin)
            location = answer.headers.get("location")
            if answer.status not in _MOVED or not location or self._stays(request, answer):
                return answer
            hops.append(answer.status)
            request = request.moved(urljoin(request.url, location), as_get=answer.status == SEE_OTHER)
            to = destination(request.url, self._manifest.hosts)
        raise HttpRedirectError(f"{first.host} redirected more than {REDIRECTS} times")

    def _first(self, request: HttpRequest) -> Destination:
        try:
            return destination(request.url, self._manifest.hosts)
        except DestinationRefusedError as error:
            raise ToolUnavailableError(str(error)) from error

    def _stays(self, request: HttpRequest, answer: HttpAnswer) -> bool:
        """An effect is not sent again as a read: 301 and 302 are the manifest's author's business."""
        return request.method not in ("GET", "HEAD") and answer.status in (301, 302)

    def _send(self, to: Destination, request: HttpRequest, call: ToolCall, *, with_secret: bool) -> HttpAnswer:
        secret = tool_secret(self._manifest.secret)
        headers = request.headers | (secret.headers if with_secret else {})
        whole = HttpRequest(request.method, request.url, headers, request.body)
        try:
            answer = exchange(to, whole, max(0.1, call.remaining_seconds()))
        except AnswerLostError as error:
            raise answer_lost(self._manifest, str(error)) from error
        return replace(answer, body=secret.blacked_out(answer.body))

    def _error(self, answer: HttpAnswer) -> Exception:
        """Busy servers are asked again where `on_retry` allows it.

        After a 5xx nobody knows about an effect, nor after a 301 or 302: many servers answer so when they are done.
        """
        message = _words(answer)
        if answer.status == 429:
            return ToolTransientError(message, retry_after(answer))
        if answer.status in _BUSY:
            return answer_lost(self._manifest, message, retry_after(answer))
        if self._manifest.is_effect and (answer.status >= 500 or answer.status in (301, 302)):
            return self._perhaps_done(message)
        return HttpStatusError(message)

    def _perhaps_done(self, message: str) -> Exception:
        """Nobody knows about the effect, and asking again would not tell."""
        if self._manifest.retry_policy == "never":
            return answer_lost(self._manifest, message)
        return unknown(HttpStatusError(f"{message}; whether its effect happened is unknown"))


def _words(answer: HttpAnswer) -> str:
    """An answer that is no success, in a line for the model."""
    status = f"HTTP {answer.status} {answer.reason}".strip()
    if answer.status in _MOVED:
        location = answer.headers.get("location")
        return f"{status}: the server moved the operation to {location!r}" if location else f"{status} to nowhere"
    body = shortened(_text(answer), MESSAGE_CHARACTERS)
    wait = retry_after(answer)
    asks = f" (it asks to wait {wait:,.0f} seconds)" if wait else ""
    return f"{status}: {body}{asks}" if body else f"{status}{asks}"


def value_of(method: str, answer: HttpAnswer) -> Any:
    """The answer as a JSON value. Raises `ToolOutputError` for JSON that no parser can bear."""
    if method == "HEAD":
        names = ("content-type", "content-length", "etag", "last-modified")
        return {"status": answer.status, **{name: answer.headers[name] for name in names if name in answer.headers}}
    if not answer.body:
        return None
    try:
        return json.loads(answer.body)
    except RecursionError:
        raise ToolOutputError("the server's JSON is nested too deeply") from None
    except ValueError:
        return _text(answer) if _is_text(answer) else _described(answer)


def retry_after(answer: HttpAnswer) -> float | None:
    """Seconds to wait, from either form of the header.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _is_text(answer: HttpAnswer) -> bool:
    if answer.headers.get("content-encoding", "identity") != "identity" or b"\0" in answer.body:
        return False
    kind = answer.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind.endswith(("json", "xml", "javascript", "yaml", "x-www-form-urlencoded"))


def _text(answer: HttpAnswer) -> str:
    """The body in its charset; bytes that are no text of it become question marks."""
    charset = answer.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    try:
        return answer.body.decode(charset or "utf-8", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")


def _described(answer: HttpAnswer) -> Binary:
    """A body that is no text: kept, and told by its type."""
    encoding = answer.headers.get("content-encoding")
    packed = {"content_encoding": encoding} if encoding else {}
    return Binary(answer.body, {"content_type": answer.headers.get("content-type", "unknown"), **packed})
