"""A real HTTP server in this process that answers by script and remembers what reached it."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANY_SIZE = -1


@dataclass(frozen=True)
class Reply:
    """One answer. `claim` is the Content-Length that the server claims, where it lies; `raw` goes out as it is."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    claim: int = ANY_SIZE
    hang_up: bool = False
    raw: bytes = b""


@dataclass(frozen=True)
class Arrived:
    """One request as it was on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None


@dataclass
class Target:
    """The server: `replies` are given in order, the last one for good."""

    port: int
    replies: list[Reply | Callable[[], Reply]] = field(default_factory=lambda: [Reply()])
    arrived: list[Arrived] = field(default_factory=list)
    asked_names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reply(self) -> Reply:
        found = self.replies[min(len(self.arrived), len(self.replies)) - 1]
        return found if isinstance(found, Reply) else found()


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON body; `Retry_After="1"` becomes the header `Retry-After`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status, b"", {"Location": location})


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Target]:
    """A server on a free port of 127.0.0.1 until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    target = Target(server.server_port)
    server.RequestHandlerClass = _handler(target)
    if tls:
        tls.sni_callback = lambda sock, name, context: target.asked_names.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        server.shutdown()
        server.server_close()


def _handler(target: Target) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name = target.asked_names[-1] if target.asked_names else None
            target.arrived.append(Arrived(self.command, self.path, dict(self.headers), body, name))
            reply = target.reply()
            self.close_connection = True
            if reply.raw:
                self.wfile.write(reply.raw)
            if reply.raw or reply.hang_up:
                return
            self.send_response(reply.status)
            claimed = len(reply.body) if reply.claim == ANY_SIZE else reply.claim
            for header, value in {**reply.headers, "Content-Length": str(claimed)}.items():
                self.send_header(header, value)
            self.end_headers()
            if self.command != "HEAD":
                with contextlib.suppress(ConnectionError):  # a client that has enough hangs up
                    self.wfile.write(reply.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
