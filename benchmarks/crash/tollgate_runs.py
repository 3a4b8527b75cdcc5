"""Runs of Tollgate's local stack, each losing its tool's process once; counted at the provider."""

import json
import os
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.converse import ScriptedModel, answer, call
from benchmarks.crash import definitions
from benchmarks.crash.provider import POINTS, Plan, Point, Provider
from local.stack import LocalStack

AT_ONCE = 8
WAIT_SECONDS = 120.0
_CASE = re.compile(r"with (book_[a-z]+) at (http://[0-9.:]+/): \\*\"(run[0-9a-z]+)\\*\"")
REQUESTER = {"id": "requester", "tenant": "bench", "kind": "person", "claims": {}}
APPROVER = {"id": "approver", "tenant": "bench", "kind": "person", "claims": {"roles": ["approver"]}}


@dataclass(frozen=True)
class Outcome:
    """One run: how often its effect counts, whether a person was asked, and how it ended."""

    applied: int
    asked: bool
    ended: str
    killed: bool


class CrashModel(ScriptedModel):
    """Proposes the one call that the task names, then answers."""

    def __init__(self) -> None:
        super().__init__([[answer()], [answer()]])

    def respond(self, request: dict[str, Any]) -> dict[str, Any]:
        found = _CASE.search(json.dumps(request["messages"][0]))
        if found and request["requestMetadata"]["tollgate_step"] == "1":
            tool, hook, run = found.groups()
            return ScriptedModel([[call(tool, item=run, hook=hook)]]).respond(request)
        return super().respond(request)


class CrashStack:
    """A running stack and the provider its tools report to."""

    def __init__(self, stack: LocalStack, provider: Provider) -> None:
        self._stack = stack
        self._provider = provider
        self._http = urllib3.PoolManager(maxsize=AT_ONCE)

    def matrix(self, count: int) -> dict[tuple[str, Point], list[Outcome]]:
        """`count` runs for each `on_retry` and point, many at once: some wait for a dead process's lease."""
        cells = [(kind, point) for kind in definitions.KINDS for point in POINTS]
        found: dict[tuple[str, Point], list[Outcome]] = {cell: [] for cell in cells}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for cell, outcome in pool.map(self._run, [cell for _ in range(count) for cell in cells]):
                found[cell].append(outcome)
        return found

    def _run(self, cell: tuple[str, Point]) -> tuple[tuple[str, Point], Outcome]:
        kind, point = cell
        name = f"run{uuid.uuid4().hex}"
        plan = self._provider.plans[name] = Plan(point)
        task = f'Book with book_{kind} at {self._provider.url}/: "{name}"'
        started = self._send(REQUESTER, "POST", "/v1/executions", {"agent": "booker", "input": {"task": task}})
        view, asked = self._ended(started["execution_id"])
        return cell, Outcome(plan.applied(kind), asked, str(view["outcome"]), plan.killed > 0)

    def _ended(self, execution_id: str) -> tuple[dict[str, Any], bool]:
        """The view of the execution once it is over; what it asks, a person who looked first refuses."""
        asked, deadline = False, time.monotonic() + WAIT_SECONDS
        while (view := self._send(REQUESTER, "GET", f"/v1/executions/{execution_id}"))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                return {"outcome": "did not end"}, asked
            for approval_id in view["pending_approvals"]:
                asked = self._refuse(approval_id) or asked
            time.sleep(0.2)
        return view, asked

    def _refuse(self, approval_id: str) -> bool:
        found = self._send(APPROVER, "GET", f"/v1/approvals/{approval_id}")
        body = {"decision": "reject", "fingerprint": found["fingerprint"], "reason": "I looked"}
        self._send(APPROVER, "POST", f"/v1/approvals/{approval_id}/decision", body)
        return True

    def _send(self, who: dict[str, Any], method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(who)}
        data = None if body is None else json.dumps(body)
        response = self._http.request(method, self._stack.api_url + path, body=data, headers=headers, timeout=60)
        if response.status >= 300 and response.status != 409:
            raise RuntimeError(f"{method} {path} answered {response.status}: {response.data[:500]!r}")
        found: dict[str, Any] = json.loads(response.data)
        return found


@contextmanager
def crash_stack() -> Iterator[CrashStack]:
    """A stack with the bench's tools; nothing of it is left afterwards."""
    provider, model = Provider(), CrashModel()
    provider.start()
    model.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            roots = definitions.write(Path(home) / "definitions")
            environ = {**os.environ, **roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url}
            with LocalStack(environ=environ, home=Path(home)) as stack:
                yield CrashStack(stack, provider)
    finally:
        model.stop()
        provider.stop()
