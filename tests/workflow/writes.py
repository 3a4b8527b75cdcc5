"""Sees every write of the stack's functions before it reaches the AWS, and can kill the writer there.

A process that is killed before one write has done all those before it: over all writes, that is every boundary at which
a crash leaves something behind, whatever the function does in between.
"""

import io
import json
import os
import re
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from local.stack import LocalStack

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
_EXECUTION = re.compile(r"exe-[0-9a-f]{32}")
_WORKERS = ("-task-", "-tool-")
_KEYS = ("execution_id", "record", "tool_execution", "step_call", "approval_id")
_RANDOM = re.compile(r"[0-9a-f]{32,}")


class Writes:
    """Stands in front of the stack's AWS. `seen` lists per execution what was written, `killed` what was cut."""

    def __init__(self, stack: LocalStack) -> None:
        server: Any = stack._aws._server  # there is no public seam between a function and its AWS
        self._stack, self._application = stack, server.app
        self._lock = threading.Lock()
        self._expected: dict[str, set[str]] = {}
        self._doomed: dict[str, set[str]] = {}
        self.seen: dict[str, list[str]] = {}
        self.killed: dict[str, list[str]] = {}
        server.app = self

    def watch(self, script_name: str, doomed: Iterable[str] = ()) -> None:
        """Notes the writes of the script's execution, and kills the writer of each doomed one, the first time."""
        self._expected[script_name] = set(doomed)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        what = _write(environ, body)
        if what is not None and self._cut(environ, what):
            start_response("500 Killed", [("Content-Length", "0")])
            return []
        answer: Iterable[bytes] = self._application(environ, start_response)
        return answer

    def _cut(self, environ: dict[str, Any], what: str) -> bool:
        """Notes the write; True when its process was killed for it."""
        self._meet(what)
        execution_id = next((one for one in list(self.seen) if one in what), None)
        if execution_id is None:
            return False
        process_id, function = self._writer(int(environ["REMOTE_PORT"]))
        if not any(kind in function for kind in _WORKERS):
            return False
        write = f"{function}: {_RANDOM.sub('*', what)}"
        with self._lock:
            self.seen[execution_id].append(write)
            if write not in self._doomed[execution_id]:
                return False
            self._doomed[execution_id].remove(write)
            self.killed[execution_id].append(write)
        os.kill(process_id, signal.SIGKILL)
        return True

    def _meet(self, what: str) -> None:
        """The API's first write of an execution holds the script's name and the execution's id."""
        name = next((one for one in list(self._expected) if one in what), None)
        if name is not None and (found := _EXECUTION.search(what)):
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


def _sockets_from(port: int) -> set[str]:
    """`socket:[inode]` of every connection that begins at this port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port and row[9] != "0"}


def _write(environ: dict[str, Any], body: bytes) -> str | None:
    """What is written, by operation, table, key and expression, or all of a transaction; None for a read."""
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if operation == "TransactWriteItems":
        return f"{operation} {body.decode('utf-8', 'replace')}"
    if operation in _WRITES:
        request = json.loads(body)
        item = request.get("Item", {})
        key = request.get("Key") or {name: item[name] for name in _KEYS if name in item}
        return f"{operation} {request['TableName']} {json.dumps(key)} {request.get('UpdateExpression', '')}"
    return f"PutObject {environ['PATH_INFO']}" if environ["REQUEST_METHOD"] == "PUT" else None
