"""One HTTP exchange with a pinned address: nothing is looked up, retried, redirected or read past the cap here."""

import ssl
import zlib
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from tollgate.errors import FinalError, ToolUnavailableError
from tollgate.tool_runtime.addresses import Destination
from tollgate.tool_runtime.http_request import HttpRequest
from tollgate.tool_runtime.output import MAX_BYTES, ToolOutputError

CONNECT_SECONDS = 5.0
CHUNK_BYTES = 1024 * 1024


class AnswerLostError(FinalError):
    """The request was sent, and no whole answer came back."""


class AnswerTooLargeError(ToolOutputError):
    """The server answered with more than the cap; nothing of it was kept."""


@dataclass(frozen=True)
class HttpAnswer:
    """Status, headers by lower-case name, and the whole body, unpacked where it came compressed unasked."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


def exchange(to: Destination, request: HttpRequest, seconds: float) -> HttpAnswer:
    """Sends the request once.

    Raises `ToolUnavailableError` where nothing was sent, `AnswerLostError` where the answer did not arrive whole, and
    `AnswerTooLargeError`.
    """
    connection = _connection(to, seconds)
    try:
        _connect(connection, to)
        return _answer(connection, to, request)
    finally:
        connection.close()


def _connection(to: Destination, seconds: float) -> HTTPConnection:
    timeout = Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds)
    if to.scheme == "http":
        return HTTPConnection(to.address, to.port, timeout=timeout.connect_timeout)
    return HTTPSConnection(
        to.address,
        to.port,
        timeout=timeout.connect_timeout,
        server_hostname=to.host,
        cert_reqs="CERT_REQUIRED",
        ssl_context=_trust(),
    )


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connect(connection: HTTPConnection, to: Destination) -> None:
    try:
        connection.connect()
    except (HTTPError, OSError) as error:
        raise ToolUnavailableError(f"{to.authority} cannot be reached: {error}") from error


def _answer(connection: HTTPConnection, to: Destination, request: HttpRequest) -> HttpAnswer:
    headers = {"Host": to.authority, **request.headers}
    try:
        connection.request(request.method, to.target, request.body, headers, preload_content=False)
        response: Any = connection.getresponse()
        body = _read(response)
    except (HTTPError, HTTPException, OSError) as error:  # the standard library's own for a status line that is none
        said = str(error).strip()
        raise AnswerLostError(f"{to.authority} did not answer whole: {type(error).__name__}: {said}") from error
    if len(body) > MAX_BYTES:
        raise AnswerTooLargeError(f"{to.authority} answered with more than {MAX_BYTES:,} bytes")
    found = {name.lower(): value for name, value in response.headers.items()}
    plain = _unpacked(body, found.get("content-encoding", ""), to)
    if plain is not None:
        found.pop("content-encoding")
    return HttpAnswer(response.status, response.reason or "", found, body if plain is None else plain)


def _unpacked(body: bytes, encoding: str, to: Destination) -> bytes | None:
    """What was compressed, up to the cap; None where it was not, or in a way that cannot be read.

    We ask for `identity`; some servers compress all the same.
    """
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return None
    packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # either header
    try:
        plain = packed.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        return None
    if len(plain) > MAX_BYTES:
        raise AnswerTooLargeError(f"{to.authority} answered with more than {MAX_BYTES:,} bytes, compressed")
    return plain if packed.eof else None


def _read(response: Any) -> bytes:
    """The body, up to one chunk past the cap. Read until it says that it is over: only then is a short one noticed."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= MAX_BYTES and (part := response.read(CHUNK_BYTES, decode_content=False)):
        parts.append(part)
    return b"".join(parts)
