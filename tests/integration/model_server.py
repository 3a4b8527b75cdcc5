"""A model server that misbehaves as it is told: it answers each request with the next of its scripted byte strings."""

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Scripted:
    """Bytes to send, and then: `close` in order, `reset` the connection, or `hang` until the server stops."""

    raw: bytes
    then: Literal["close", "reset", "hang"] = "close"


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ModelServer:
    """Listens on 127.0.0.1; `received` is what reached it. Use as a context manager."""

    script: list[Scripted]
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> "ModelServer":
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listener.close()

    def _accept(self) -> None:
        for scripted in self.script:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, scripted), daemon=True).start()

    def _serve(self, connection: socket.socket, scripted: Scripted) -> None:
        with connection:
            self.received.append(_read(connection))
            connection.sendall(scripted.raw)
            if scripted.then == "hang":
                self._stopped.wait(30)
            elif scripted.then == "reset":
                # Zero linger makes close() send RST instead of FIN.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def http(status: int, body: bytes | str | dict[str, Any], **headers: str) -> bytes:
    """A complete response; header names with `_` for `-`. `Content_Length` may lie."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    named = {"Content-Type": "application/json", "Connection": "close", "Content-Length": str(len(data))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + data


def _read(connection: socket.socket) -> Received:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    return Received(line, headers, body)
