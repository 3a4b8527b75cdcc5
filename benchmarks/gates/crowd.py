"""Many executions at their gates at once, approved in any order while others run; what came is held to the orders."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.gates import definitions
from benchmarks.gates.definitions import READ, WRITE
from benchmarks.gates.ledger import LOOKS, Ledger, Order, OrderModel
from benchmarks.gates.memory import Watch
from benchmarks.people import People
from benchmarks.stack import stack_with, wait_until
from local.stack import LocalStack

PEOPLE = 8
"""Who decide at the same time."""

STARTS_AT_ONCE = 8
WAIT_SECONDS = 900.0


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
        self._people = People(stack.api_url, PEOPLE + STARTS_AT_ONCE)
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
            return self._people.start("clerk", order.task)

        with ThreadPoolExecutor(STARTS_AT_ONCE) as pool:
            return dict(zip(pool.map(start, orders), orders, strict=True))

    def _all_waiting(self, gated: dict[str, Order]) -> dict[str, str]:
        """Execution -> its approval, once the machine of every one waits for a person."""
        what = f"{len(gated)} gates are open"
        wait_until(lambda: len(self._open_gates()) == len(gated), self._stack, what, WAIT_SECONDS)
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
            list(pool.map(self._people.approve, approvals))
        beside.join()
        return others

    def _ended(self, executions: Sequence[str]) -> dict[str, dict[str, Any]]:
        machine = self._stack.state_machine_arn

        def running() -> bool:
            pages = self._step_functions.get_paginator("list_executions")
            found = pages.paginate(stateMachineArn=machine, statusFilter="RUNNING")
            return any(page["executions"] for page in found)

        wait_until(lambda: not running(), self._stack, "all executions end", WAIT_SECONDS)
        return {one: self._people.execution(one) for one in executions}

    def _crossed(self, gated: dict[str, Order], asked: dict[str, str]) -> set[str]:
        """Executions without exactly their own effect, or whose approval showed another's arguments."""
        effects = Counter(
            (report["execution_id"], report["item"], report["amount"])
            for report in {report["key"]: report for report in self._ledger.of(WRITE)}.values()
        )
        wanted = Counter((one, order.item, order.amount) for one, order in gated.items())
        found = {execution_id for execution_id, _, _ in (effects - wanted) + (wanted - effects)}
        for execution_id, order in gated.items():
            approval = self._people.approval(asked[execution_id])
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


@contextmanager
def crowd(seed: int) -> Iterator[Crowd]:
    """A stack with the bench's agent; nothing of it is left afterwards."""
    ledger = Ledger()
    ledger.start()
    try:
        with stack_with(OrderModel(), definitions.write) as stack:
            yield Crowd(stack, ledger, seed)
    finally:
        ledger.stop()
