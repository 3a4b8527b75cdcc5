"""HTTP on 127.0.0.1 and nowhere else: the server and request handler under every part of the local stack.

Every request is checked against DNS rebinding (`Host` must be a loopback name) and against other web pages
(`Origin`, when a browser sends one, must be the server's own) before a handler sees it.
"""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

DISCARD_BYTES = 64 * 1024 * 1024
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class PortUnavailableError(Exception):
    """The port that was asked for is taken or may not be used; the message says which and what to do."""


class LoopbackServer(ThreadingHTTPServer):
    """A threaded server bound to 127.0.0.1; `stop` returns at once and leaves no listening socket."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, handler: type["LoopbackHandler"], port: int = 0) -> None:
        try:
            super().__init__(("127.0.0.1", port), handler)
        except (OSError, OverflowError) as error:
            raise PortUnavailableError(
                f"cannot listen on 127.0.0.1:{port}: {error}; stop what uses the port, or choose another with --port"
            ) from error
        self._stopping = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Accepts connections in a thread of its own."""
        threading.Thread(target=self._accept, name=f"accept:{self.port}", daemon=True).start()

    def stop(self) -> None:
        """Closes the listening socket; a request that is being answered may still end."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake()
        self.server_close()

    def _accept(self) -> None:
        # Blocks in accept() instead of polling as serve_forever() does: dozens of these servers live in one process.
        while not self._stopping.is_set():
            try:
                request, address = self.get_request()
            except OSError:
                continue
            if self._stopping.is_set():
                request.close()
            else:
                self.process_request(request, address)

    def _wake(self) -> None:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return  # nobody accepts: the server was never started

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is not an error of ours; everything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class LoopbackHandler(BaseHTTPRequestHandler):
    """Answers only requests that were meant for this server, each in one packet."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with Nagle on, each answer waits 40 ms for the client's delayed ACK
    wbufsize = -1

    def parse_request(self) -> bool:
        """Reads the request line and headers, then refuses a foreign `Host` or `Origin` with 403."""
        if not super().parse_request():
            return False
        refusal = refusal_of(self.headers.get("Host"), self.headers.get("Origin"))
        if refusal:
            self.close_connection = True
            self.answer(403, refusal.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        return refusal is None

    def respond(self) -> None:
        """Answers the request in `command`, `path` and `headers`, whatever its method."""
        self.answer(501)

    def _respond(self) -> None:
        self.respond()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond  # noqa: N815 the base class's names

    def read_body(self) -> bytes:
        """The request's body by its `Content-Length`."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def discard_body(self) -> None:
        """Reads on without keeping anything, so that a client which still sends can see the answer; then hangs up."""
        left = min(int(self.headers.get("Content-Length") or 0), DISCARD_BYTES)
        while left > 0 and (chunk := self.rfile.read(min(left, 65536))):
            left -= len(chunk)
        self.close_connection = True

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Writes one complete response."""
        self.answer_all(status, list((headers or {}).items()), body)

    def answer_all(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """The same for headers that may repeat."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what matters is in the functions' logs."""


def refusal_of(host: str | None, origin: str | None) -> str | None:
    """Why a request with these headers is not for us, or None."""
    if not host or _hostname(f"//{host}") not in LOOPBACK_NAMES:
        return f"Host {host!r} is not this machine's loopback name; use 127.0.0.1 or localhost"
    if origin is not None and origin != f"http://{host}":
        return f"Origin {origin!r} is another site; only this server's own pages may call it"
    return None


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
