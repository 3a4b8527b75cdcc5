"""Sees every write of the stack's functions, and can kill the writer just before it is applied or just after.

Killed before a write, a process has done all those before it; killed after, it has done that one too and will never
know. Over all writes these are all boundaries at which a crash leaves something behind.
"""

import io
import json
import os
import re
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from local.stack import LocalStack

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "PutEvents")
_EXECUTION = re.compile(r"exe-[0-9a-f]{32}")
_WORKERS = ("-task-", "-tool-")
_KEYS = ("execution_id", "record", "tool_execution", "step_call", "approval_id", "scope", "kind")
_RANDOM = re.compile(r"[0-9a-f]{32,}")
_BEAT = re.compile(r", (changes = changes \+ :one|#second = :second, changes = :one)")
"""How a scope's item counts its changes depends on the second that it happens in."""

Moment = Literal["before", "after"]


@dataclass(frozen=True)
class Write:
    """One write of one function; ids that differ from run to run are left out."""

    function: str
    what: str

    @property
    def task(self) -> str:
        """`reason` or, for every tool, `tool`."""
        return self.function.partition("-task-")[2] or "tool"


@dataclass(frozen=True)
class Cut:
    """A kill of the writer."""

    moment: Moment
    write: Write


class Writes:
    """Stands in front of the stack's AWS. `seen` lists per execution what was written, `killed` what was cut."""

    def __init__(self, stack: LocalStack) -> None:
        server: Any = stack._aws._server  # there is no public seam between a function and its AWS
        self._stack, self._application, self._server = stack, server.app, server
        self._lock = threading.Lock()
        self._expected: dict[str, set[Cut]] = {}
        self._doomed: dict[str, set[Cut]] = {}
        self._working: dict[int, str] = {}
        self.seen: dict[str, list[Write]] = {}
        self.killed: dict[str, list[Cut]] = {}
        server.app = self

    def close(self) -> None:
        """Gets out of the way."""
        self._server.app = self._application

    def watch(self, script_name: str, doomed: Iterable[Cut] = ()) -> None:
        """Notes the writes of the script's execution, and makes each doomed cut, once."""
        self._expected[script_name] = set(doomed)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        what, text = _write(environ, body), f"{environ['PATH_INFO']} {body.decode('utf-8', 'replace')}"
        execution_id = self._execution(int(environ["REMOTE_PORT"]), text)
        answer: Iterable[bytes]
        if what is None:
            answer = self._application(environ, start_response)
            return answer
        self._meet(text)
        process_id, found = self._noted(int(environ["REMOTE_PORT"]), what, execution_id)
        if found and self._cut(process_id, execution_id, Cut("before", found)):
            return _killed(start_response)
        answer = self._application(environ, start_response)
        if found and self._cut(process_id, execution_id, Cut("after", found)):
            return _killed(start_response)
        return answer

    def _execution(self, port: int, text: str) -> str:
        """Whom the request is about: one that names no execution is about the one before it on its connection.

        A process works for one execution at a time, and reads it before it touches a scope's or a rate's item.
        """
        named = _EXECUTION.search(text)
        if named:
            self._working[port] = named[0]
        return self._working.get(port, "")

    def _noted(self, port: int, what: str, execution_id: str) -> tuple[int, Write | None]:
        """The writer's process, and the write if it belongs to an execution that is watched."""
        if execution_id not in self.seen:
            return 0, None
        process_id, function = self._writer(port)
        if not any(kind in function for kind in _WORKERS):
            return process_id, None
        write = Write(function, _RANDOM.sub("*", what))
        with self._lock:
            self.seen[execution_id].append(write)
        return process_id, write

    def _cut(self, process_id: int, execution_id: str, cut: Cut) -> bool:
        """True when the process was killed."""
        with self._lock:
            if cut not in self._doomed[execution_id]:
                return False
            self._doomed[execution_id].remove(cut)
            self.killed[execution_id].append(cut)
        os.kill(process_id, signal.SIGKILL)
        return True

    def _meet(self, text: str) -> None:
        """The API's first write of an execution holds the script's name and the execution's id."""
        name = next((one for one in list(self._expected) if one in text), None)
        if name is not None and (found := _EXECUTION.search(text)):
            with self._lock:
                self._doomed[found[0]] = self._expected.pop(name, set())
                self.seen[found[0]], self.killed[found[0]] = [], []

    def _writer(self, port: int) -> tuple[int, str]:
        """The function's process behind a connection, found by the socket's number in /proc."""
        sockets = _sockets_from(port)
        for process_id, function in self._stack.process_ids.items():
            with suppress(OSError):
                for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
                    with suppress(OSError):
                        if os.readlink(descriptor) in sockets:
                            return process_id, function
        return 0, ""


def _killed(start_response: Any) -> list[bytes]:
    """Nobody is there to read it."""
    start_response("500 Killed", [("Content-Length", "0")])
    return []


def _sockets_from(port: int) -> set[str]:
    """`socket:[inode]` of every connection that begins at this port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port and row[9] != "0"}


def _write(environ: dict[str, Any], body: bytes) -> str | None:
    """What is written, by operation, table, key and expression, or all of a transaction; None for a read."""
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if operation == "TransactWriteItems":
        return f"{operation} {'; '.join(_entry(entry) for entry in json.loads(body)['TransactItems'])}"
    if operation == "PutEvents":
        return f"{operation} {json.loads(body)['Entries'][0]['DetailType']}"
    if operation in _WRITES:
        return f"{operation} {_request(json.loads(body))}"
    return f"PutObject {environ['PATH_INFO']}" if environ["REQUEST_METHOD"] == "PUT" else None


def _entry(entry: dict[str, Any]) -> str:
    ((operation, request),) = entry.items()
    return f"{operation} {_request(request)}"


def _request(request: dict[str, Any]) -> str:
    item = request.get("Item", {})
    key = request.get("Key") or {name: item[name] for name in _KEYS if name in item}
    return f"{request['TableName']} {json.dumps(key)} {_BEAT.sub('', request.get('UpdateExpression', ''))}".strip()
