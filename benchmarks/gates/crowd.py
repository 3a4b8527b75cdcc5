"""Many executions at their gates at once, approved in any order while others run; what came is held to the orders."""

import json
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.gates import definitions
from benchmarks.gates.definitions import READ, WRITE
from benchmarks.gates.ledger import LOOKS, Ledger, Order, OrderModel
from benchmarks.gates.memory import Watch
from local.stack import LocalStack

PEOPLE = 8
"""Who decide at the same time."""

STARTS_AT_ONCE = 8
WAIT_SECONDS = 900.0
POLL_SECONDS = 0.25
REQUESTER = {"id": "requester", "tenant": "bench", "kind": "person", "claims": {}}
APPROVER = {"id": "approver", "tenant": "bench", "kind": "person", "claims": {"roles": ["approver"]}}


class GatesError(Exception):
    """The stack did not get where the bench wants it, so there is nothing to count."""


@dataclass(frozen=True)
class Report:
    """What came of a crowd. `crossed` names every execution whose effect or approval was not its own."""

    waiting: int
    running: int
    completed: int
    crossed: list[str]
    seconds_to_gates: float
    seconds_to_end: float
    megabytes_idle: int
    megabytes_waiting: int
    megabytes_waiting_own: int
    """Of these, the stack's own process; the rest are warm processes of functions, which end when idle."""
    megabytes_peak: int
    processes_peak: int

    @property
    def is_good(self) -> bool:
        return not self.crossed and self.completed == self.waiting + self.running


class Crowd:
    """Executions of the agent `clerk` through the API of a running stack."""

    def __init__(self, stack: LocalStack, ledger: Ledger, seed: int) -> None:
        self._stack, self._ledger, self._chance = stack, ledger, random.Random(seed)
        self._http = urllib3.PoolManager(maxsize=PEOPLE + STARTS_AT_ONCE)
        self._step_functions, self._dynamodb = stack.client("stepfunctions"), stack.client("dynamodb")

    def run(self, waiting: int, running: int) -> Report:
        """All of `waiting` at their gates, then decided in random order while `running` others start and end."""
        with Watch(self._stack) as memory:
            idle, began = memory.now(), time.monotonic()
            gated = self._start(WRITE, waiting)
            asked = self._all_waiting(gated)
            at_gates, megabytes, own = time.monotonic() - began, memory.now(), memory.own()
            began = time.monotonic()
            others = self._decided_while_others_run(asked, running)
            views = self._ended([*gated, *others])
            to_end = time.monotonic() - began
        return Report(
            waiting=waiting,
            running=running,
            completed=sum(view["outcome"] == "completed" for view in views.values()),
            crossed=sorted(self._crossed(gated, asked) | self._crossed_looks(others)),
            seconds_to_gates=round(at_gates, 1),
            seconds_to_end=round(to_end, 1),
            megabytes_idle=idle,
            megabytes_waiting=megabytes,
            megabytes_waiting_own=own,
            megabytes_peak=memory.peak_megabytes,
            processes_peak=memory.peak_processes,
        )

    def _start(self, tool: str, count: int) -> dict[str, Order]:
        orders = [
            Order(tool, f"entry-{tool[0]}{number}", 1_000 * (number + 1), f"{self._ledger.url}/")
            for number in range(count)
        ]

        def start(order: Order) -> str:
            body = {"agent": "clerk", "input": {"task": order.task}}
            return str(self._send(REQUESTER, "POST", "/v1/executions", body)["execution_id"])

        with ThreadPoolExecutor(STARTS_AT_ONCE) as pool:
            return dict(zip(pool.map(start, orders), orders, strict=True))

    def _all_waiting(self, gated: dict[str, Order]) -> dict[str, str]:
        """Execution -> its approval, once the machine of every one waits for a person."""
        self._until(lambda: len(self._open_gates()) == len(gated), f"{len(gated)} gates are open")
        pages = self._dynamodb.get_paginator("scan").paginate(TableName="tollgate-local-approvals")
        items = [item for page in pages for item in page["Items"] if "execution_id" in item]
        return {item["execution_id"]["S"]: item["approval_id"]["S"] for item in items}

    def _open_gates(self) -> list[str]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName="tollgate-local-gates")
        return [item["approval_id"]["S"] for page in pages for item in page["Items"] if "task_token" in item]

    def _decided_while_others_run(self, asked: dict[str, str], running: int) -> dict[str, Order]:
        approvals = sorted(asked.values())
        self._chance.shuffle(approvals)
        others: dict[str, Order] = {}
        beside = threading.Thread(target=lambda: others.update(self._start(READ, running)))
        beside.start()
        with ThreadPoolExecutor(PEOPLE) as pool:
            list(pool.map(self._approve, approvals))
        beside.join()
        return others

    def _approve(self, approval_id: str) -> None:
        found = self._send(APPROVER, "GET", f"/v1/approvals/{approval_id}")
        decision = {"decision": "approve", "fingerprint": found["fingerprint"]}
        self._send(APPROVER, "POST", f"/v1/approvals/{approval_id}/decision", decision)

    def _ended(self, executions: Sequence[str]) -> dict[str, dict[str, Any]]:
        machine = self._stack.state_machine_arn

        def running() -> bool:
            pages = self._step_functions.get_paginator("list_executions")
            found = pages.paginate(stateMachineArn=machine, statusFilter="RUNNING")
            return any(page["executions"] for page in found)

        self._until(lambda: not running(), "all executions end")
        return {one: self._send(REQUESTER, "GET", f"/v1/executions/{one}") for one in executions}

    def _crossed(self, gated: dict[str, Order], asked: dict[str, str]) -> set[str]:
        """Executions without exactly their own effect, or whose approval showed another's arguments."""
        effects = Counter(
            (report["execution_id"], report["item"], report["amount"])
            for report in {report["key"]: report for report in self._ledger.of(WRITE)}.values()
        )
        wanted = Counter((one, order.item, order.amount) for one, order in gated.items())
        found = {execution_id for execution_id, _, _ in (effects - wanted) + (wanted - effects)}
        for execution_id, order in gated.items():
            approval = self._send(APPROVER, "GET", f"/v1/approvals/{asked[execution_id]}")
            shown = (approval["execution_id"], approval["arguments"]["item"], approval["arguments"]["amount"])
            if shown != (execution_id, order.item, order.amount) or approval["status"] != "approved":
                found.add(execution_id)
        return found

    def _crossed_looks(self, others: dict[str, Order]) -> set[str]:
        looks = Counter((one["execution_id"], one["item"], one["amount"]) for one in self._ledger.of(READ))
        wanted = Counter(
            (one, order.item, order.amount + number) for one, order in others.items() for number in range(LOOKS)
        )
        return {execution_id for execution_id, _, _ in (looks - wanted) + (wanted - looks)}

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise GatesError(f"not within {WAIT_SECONDS:g} s: {what}; see {self._stack.log_folder}")
            time.sleep(POLL_SECONDS)

    def _send(self, who: dict[str, Any], method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(who)}
        data = None if body is None else json.dumps(body)
        response = self._http.request(method, self._stack.api_url + path, body=data, headers=headers, timeout=120)
        if response.status >= 300:
            raise GatesError(f"{method} {path} answered {response.status}: {response.data[:500]!r}")
        found: dict[str, Any] = json.loads(response.data)
        return found


@contextmanager
def crowd(seed: int) -> Iterator[Crowd]:
    """A stack with the bench's agent; nothing of it is left afterwards."""
    ledger, model = Ledger(), OrderModel()
    ledger.start()
    model.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            roots = definitions.write(Path(home) / "definitions")
            environ = {**os.environ, **roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url}
            with LocalStack(environ=environ, home=Path(home)) as stack:
                yield Crowd(stack, ledger, seed)
    finally:
        model.stop()
        ledger.stop()
