"""Runs of Tollgate's local stack, each losing its tool's process once; counted at the provider."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.converse import ScriptedModel, answer, call
from benchmarks.crash import definitions
from benchmarks.crash.provider import POINTS, Plan, Point, Provider
from benchmarks.people import People
from benchmarks.stack import stack_with
from local.stack import LocalStack

AT_ONCE = 8
WAIT_SECONDS = 120.0
_CASE = re.compile(r"with (book_[a-z]+) at (http://[0-9.:]+/): \\*\"(run[0-9a-z]+)\\*\"")


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
        self._provider = provider
        self._people = People(stack.api_url, AT_ONCE)

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
        view, asked = self._ended(self._people.start("booker", task))
        return cell, Outcome(plan.applied(kind), asked, str(view["outcome"]), plan.killed > 0)

    def _ended(self, execution_id: str) -> tuple[dict[str, Any], bool]:
        """The view of the execution once it is over; what it asks, a person who looked first refuses."""
        asked, deadline = False, time.monotonic() + WAIT_SECONDS
        while (view := self._people.execution(execution_id))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                return {"outcome": "did not end"}, asked
            for approval_id in view["pending_approvals"]:
                self._people.reject(approval_id, "I looked")
                asked = True
            time.sleep(0.2)
        return view, asked


@contextmanager
def crash_stack() -> Iterator[CrashStack]:
    """A stack with the bench's tools; nothing of it is left afterwards."""
    provider = Provider()
    provider.start()
    try:
        with stack_with(CrashModel(), definitions.write) as stack:
            yield CrashStack(stack, provider)
    finally:
        provider.stop()
