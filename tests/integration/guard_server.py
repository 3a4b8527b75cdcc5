"""A real HTTP server in this process that speaks the protocol of every kind of check, and breaks it as it is told.

It objects to texts that hold `WORD`. `Fault` names what it does instead of answering.
"""

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tollgate.models.check import Check, CheckKind

WORD = "forbidden-word"
KINDS: tuple[CheckKind, ...] = ("http", "guardrails_ai", "nemo", "bedrock_guardrail")
HUGE_BYTES = 50_000_000
DRIP_SECONDS = 0.02

Fault = Literal[
    "hang", "hang_up", "empty", "null", "garbage", "server_error", "list", "wrong_type", "other_words", "huge",
    "slow_body", "slow_headers", "redirect", "broken_off", "key_twice", "compressed",
]  # fmt: skip
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]


@dataclass
class GuardServer:
    """`asked` holds what arrived, by path, header and body."""

    port: int
    fault: Fault | None = None
    echo_header: str | None = None
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def check(self, kind: CheckKind, **changes: Any) -> Check:
        """A check of this kind at this server."""
        fields: dict[str, dict[str, Any]] = {
            "http": {"url": f"{self.url}/own"},
            "guardrails_ai": {"url": self.url, "guard": "words"},
            "nemo": {"url": self.url, "config": "words"},
            "bedrock_guardrail": {"guardrail": "gr1", "version": "1"},
        }
        whole = {"name": "words", "kind": kind, "at": ["request", "call", "answer"], "timeout_seconds": 5}
        return Check.model_validate(whole | fields[kind] | changes)


@contextmanager
def guard_server() -> Iterator[GuardServer]:
    """The server on a free port of 127.0.0.1 until the block is left."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    http.daemon_threads = True
    server = GuardServer(http.server_port)
    http.RequestHandlerClass = type("Guard", (_Handler,), {"guard": server})
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()


def answer(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the server behind the path says, in its protocol."""
    if path.endswith("/validate"):
        return _guardrails_ai(body)
    if path == "/v1/checks":
        return _nemo(body)
    if path.startswith("/guardrail/"):
        return _bedrock(body)
    return {"verdict": "refuse", "message": "that word"} if WORD in body["text"] else {"verdict": "run"}


def _guardrails_ai(body: dict[str, Any]) -> dict[str, Any]:
    text, passed = body["llm_output"], WORD not in body["llm_output"]
    summary = {"validatorName": "BanList", "validatorStatus": "fail", "failureReason": f"found {WORD}"}
    return {
        "callId": "1",
        "rawLlmOutput": text,
        "validatedOutput": text,
        "validationPassed": passed,
        "validationSummaries": [] if passed else [summary],
    }


def _nemo(body: dict[str, Any]) -> dict[str, Any]:
    text = body["messages"][-1]["content"]
    if WORD in text:
        return {"status": "blocked", "content": "No.", "rail": "check words"}
    return {"status": "passed", "content": text}


def _bedrock(body: dict[str, Any]) -> dict[str, Any]:
    if WORD not in body["content"][0]["text"]["text"]:
        return {"action": "NONE", "outputs": [], "assessments": [], "usage": {}}
    words = {"wordPolicy": {"customWords": [{"match": WORD, "action": "BLOCKED"}], "managedWordLists": []}}
    return {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": "No."}], "assessments": [words], "usage": {}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    guard: GuardServer

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        document = json.loads(raw)
        self.guard.asked.append((self.path, dict(self.headers), document))
        self.close_connection = True
        whole = answer(self.path, document)
        if self.guard.echo_header:
            whole["message"] = f"you sent {self.headers.get(self.guard.echo_header)}"
        with contextlib.suppress(OSError):  # a client that has enough hangs up
            self._misbehave(whole)

    do_GET = do_PUT = do_POST  # noqa: N815

    def _misbehave(self, passing: dict[str, Any]) -> None:
        good = json.dumps(passing).encode()
        match self.guard.fault:
            case "hang":
                self.guard.over.wait(30)
            case "hang_up":
                return
            case "empty":
                self._send(b"")
            case "null":
                self._send(b"null")
            case "garbage":
                self._send(b"<html>\xff\xfe it works")
            case "server_error":
                self._send(good, status=500)
            case "list":
                self._send(b"[" + good + b"]")
            case "wrong_type":
                self._send(json.dumps(dict.fromkeys(passing, 7)).encode())
            case "other_words":
                self._send(b'{"ok": true, "allowed": "yes"}')
            case "huge":
                self._send(good[:-1] + b" " * HUGE_BYTES + good[-1:])
            case "slow_body":
                self._drip(b"", good + b" " * 10_000)
            case "slow_headers":
                self._drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 10_000, b"\r\n\r\n" + good)
            case "redirect":
                self._send(good, status=302, Location=f"{self.guard.url}/own")
            case "broken_off":
                self._send(good, claim=len(good) + 10)
            case "key_twice":
                self._send(good[:-1] + b"," + good[1:])
            case "compressed":
                self._send(gzip.compress(good), Content_Encoding="gzip")
            case None:
                self._send(good)

    def _send(self, body: bytes, *, status: int = 200, claim: int | None = None, **headers: str) -> None:
        self.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        length = str(len(body) if claim is None else claim)
        for name, value in {"Content-Type": "application/json", "Content-Length": length, **named}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, head: bytes, body: bytes) -> None:
        """Never silent for long, and never done: a time limit between two bytes does not see it."""
        if not head:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
        for at in range(len(head + body)):
            self.wfile.write((head + body)[at : at + 1])
            self.wfile.flush()
            if self.guard.over.wait(DRIP_SECONDS):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
