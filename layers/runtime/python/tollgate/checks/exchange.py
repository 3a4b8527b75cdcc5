"""One POST, whole or not at all: no retry, no redirect, no proxy, never past the cap, never past its seconds."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection

from tollgate.checks.port import CheckFailedError

MAX_BYTES = 1_000_000
"""Of an answer. A verdict is short; what is longer is no verdict."""

CONNECT_SECONDS = 3.0
_CHUNK = 65_536


@dataclass(frozen=True)
class Reply:
    """Status, headers by lower-case name, and the whole body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
    """The server's answer, whatever its status. Raises `CheckFailedError`, `OSError` or urllib3's errors.

    The connection is cut when the time is over, so a server that drips its answer holds nobody.
    """
    deadline = time.monotonic() + seconds
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        with _cut_at(deadline, connection.sock):
            connection.request("POST", target, body, dict(headers), preload_content=False)
            response: Any = connection.getresponse()
            found = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, found, _read(response, deadline))
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> HTTPConnection:
    connect = min(CONNECT_SECONDS, seconds)
    if scheme == "http":
        return HTTPConnection(host, port, timeout=connect)
    return HTTPSConnection(host, port, timeout=connect, cert_reqs="CERT_REQUIRED", ssl_context=_trust())


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextlib.contextmanager
def _cut_at(deadline: float, sock: socket.socket | None) -> Iterator[None]:
    """Shuts the socket down at the deadline: a read that waits then ends at once, headers included."""
    if sock is None:
        raise CheckFailedError("the connection was not made")
    left = deadline - time.monotonic()
    if left <= 0:
        raise CheckFailedError("the time was over before the question was sent")
    sock.settimeout(left)
    timer = threading.Timer(left, _shut_down, args=(sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed in the same moment
        sock.shutdown(socket.SHUT_RDWR)


def _read(response: Any, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK, decode_content=False):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise CheckFailedError(f"it answered more than {MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise CheckFailedError("it did not answer in time")
    claimed = response.headers.get("content-length")
    if claimed is not None and claimed.isdecimal() and int(claimed) != size:
        raise CheckFailedError(f"its answer broke off after {size:,} of {claimed} bytes")
    return b"".join(parts)
