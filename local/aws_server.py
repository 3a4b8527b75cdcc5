"""The HTTP server of the local AWS. Its connections stay open, as those of AWS do.

werkzeug's own handler closes the connection after every answer, so that each of some thirty requests of a step costs
a connection on both sides and a thread.
"""

import io
import socket
import threading
import traceback
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.test import run_wsgi_app

_WITHOUT_BODY = {204, 304}


class AwsServer(ThreadedWSGIServer):
    """Serves a WSGI application on a bound socket; once closed, it reads nothing more from any connection."""

    def __init__(self, listener: socket.socket, application: Any) -> None:
        # werkzeug takes the socket by number, so that the port is never free between choosing and binding it.
        host, port = listener.getsockname()[:2]
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        super().__init__(host, port, application, handler=_Handler, fd=listener.fileno())
        self._closed = False  # only now: werkzeug closes the socket that it made itself

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            if self._closed:
                _end_reading(connection)

    def ended(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def server_close(self) -> None:
        """Also ends the connections that wait for another request; an answer under way may still be written."""
        super().server_close()
        with self._lock:
            self._closed = True
            for connection in self._connections:
                _end_reading(connection)


def _end_reading(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return  # the client was faster


class _Handler(MotoRequestHandler):
    server: AwsServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer is one packet

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.ended(self.connection)
        with suppress(ConnectionError):  # a process that was killed no longer reads what is left of its answer
            super().finish()

    def handle_expect_100(self) -> bool:
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def run_wsgi(self) -> None:
        """Reads the whole request before it answers, so that the next one on this connection begins where it should."""
        try:
            environ = self.make_environ()
            environ["wsgi.input"] = io.BytesIO(self._body(environ))
        except (ValueError, OSError) as error:
            self.close_connection = True
            self._answer(400, "Bad Request", [], f"the request's body cannot be read: {error}".encode())
            return
        try:
            parts, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        except Exception:
            self.server.log("error", f"{self.command} {self.path} failed:\n{traceback.format_exc()}")
            self._answer(500, "Internal Server Error", [], b"the local AWS failed; its log says how")
            return
        code, _, reason = status.partition(" ")
        self._answer(int(code), reason, headers.to_wsgi_list(), b"".join(parts))

    def _body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):
            chunked: bytes = environ["wsgi.input"].read()
            return chunked
        return self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))

    def _answer(self, code: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(code, reason)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        told = any(name.lower() == "content-length" for name, _ in headers)
        if not told and code not in _WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and code not in _WITHOUT_BODY:
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent: one line per request would bury what matters."""
