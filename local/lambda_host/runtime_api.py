"""The Lambda Runtime API of one process: hands it events and takes its answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import cast

from local.lambda_host.function import FunctionSpec, Outcome, response_too_large
from local.loopback import LoopbackHandler, LoopbackServer

RESPONSE_LIMIT_BYTES = 6 * 1024 * 1024 + 100  # Lambda quotas, "invocation payload (response)", as its error tells it


class Delivered:
    """The process has picked the event up; its time runs from here."""


class Exited:
    """The process is gone."""


@dataclass(frozen=True)
class Invocation:
    """One event on its way through one process. `messages` tells what happens to it, in order."""

    request_id: str
    payload: bytes
    client_context: str | None = None
    messages: "SimpleQueue[Delivered | Exited | Outcome]" = field(default_factory=SimpleQueue)


class RuntimeApi:
    """Serves one process; `ready` is set when the process asks for its first event."""

    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        self.ready = threading.Event()
        self.init_error: bytes | None = None
        self.pending: SimpleQueue[Invocation | None] = SimpleQueue()
        self.current: Invocation | None = None
        self._server = _Server(self)
        self.address = f"127.0.0.1:{self._server.port}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Lets a thread that waits for the next event go, and closes the port."""
        self.pending.put(None)
        self._server.stop()

    def next_invocation(self, listening: Callable[[], bool]) -> Invocation | None:
        """Waits for an event; None once the process is gone. An event is handed out only to who still listens."""
        self.ready.set()
        invocation = self.pending.get()
        if invocation is None:
            return None
        if not listening():
            invocation.messages.put(Exited())
            return None
        self.current = invocation
        invocation.messages.put(Delivered())
        return invocation

    def finish(self, request_id: str, outcome: Outcome) -> bool:
        """Takes the answer; False when it is not for the event under way."""
        invocation = self.current
        if invocation is None or invocation.request_id != request_id:
            return False
        self.current = None
        invocation.messages.put(outcome)
        return True


class _Server(LoopbackServer):
    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(_Handler)
        self.api = api


class _Handler(LoopbackHandler):
    @property
    def api(self) -> RuntimeApi:
        return cast(_Server, self.server).api

    def respond(self) -> None:
        """GET `/2018-06-01/runtime/invocation/next`; everything else is an answer."""
        if self.command == "GET":
            self._next()
        else:
            self._take_answer()

    def _next(self) -> None:
        invocation = self.api.next_invocation(self._listening)
        if invocation is None:
            self.close_connection = True
            return
        self.answer(200, invocation.payload, _event_headers(self.api.spec, invocation))

    def _listening(self) -> bool:
        """False if the process has hung up, as it does when it is killed while it waits for an event."""
        try:
            return len(self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)) > 0
        except BlockingIOError:
            return True
        except ConnectionError:
            return False

    def _take_answer(self) -> None:
        """`.../invocation/<id>/response`, `.../invocation/<id>/error` and `.../init/error`"""
        body = self.read_body()
        request_id, kind = self.path.split("/")[-2:]
        if (request_id, kind) == ("init", "error"):
            self.api.init_error = body
            self._tell(202, "OK")
        elif kind == "response" and len(body) > RESPONSE_LIMIT_BYTES:
            self.api.finish(request_id, response_too_large(len(body), RESPONSE_LIMIT_BYTES))
            self._tell(413, "RequestEntityTooLarge")
        elif self.api.finish(request_id, Outcome(body, "Unhandled" if kind == "error" else None)):
            self._tell(202, "OK")
        else:
            self._tell(400, "InvalidRequestID")

    def _tell(self, status: int, text: str) -> None:
        self.answer(status, json.dumps({"status": text}).encode(), {"Content-Type": "application/json"})


def _event_headers(spec: FunctionSpec, invocation: Invocation) -> dict[str, str]:
    trace_id = f"1-{int(time.time()):08x}-{invocation.request_id.replace('-', '')[:24]}"
    context = {"Lambda-Runtime-Client-Context": invocation.client_context} if invocation.client_context else {}
    return {
        **context,
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + spec.timeout_seconds) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": spec.arn,
        "Lambda-Runtime-Trace-Id": f"Root={trace_id};Sampled=0",
    }
