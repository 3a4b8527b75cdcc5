"""The two sides that see everything from outside: the model, which follows each task, and who takes the effects."""

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.converse import Block, ScriptedModel, answer, call
from benchmarks.gates.definitions import WRITE
from local.loopback import LoopbackHandler, LoopbackServer

LOOKS = 3
"""Steps of a run that waits for nobody, before its answer."""

_CASE = re.compile(r"(look_up|write_down) (\d+) of (entry-[0-9a-z]+) at (http://[0-9.:]+/)")


@dataclass(frozen=True)
class Order:
    """What one execution is asked to do; no two are alike."""

    tool: str
    item: str
    amount: int
    hook: str

    @property
    def task(self) -> str:
        return f"{self.tool} {self.amount} of {self.item} at {self.hook}"


class OrderModel(ScriptedModel):
    """Proposes what the task says, then answers; a run that only looks does so several times, with other amounts."""

    def __init__(self) -> None:
        super().__init__([])

    def script_for(self, request: dict[str, Any]) -> Sequence[Sequence[Block]]:
        found = _CASE.search(json.dumps(request["messages"][0]))
        if found is None:
            raise ValueError("the task is none of this bench's")
        tool, amount, item, hook = found.groups()
        amounts = range(int(amount), int(amount) + (1 if tool == WRITE else LOOKS))
        return [*([call(tool, item=item, amount=each, hook=hook)] for each in amounts), [answer()]]


class Ledger(LoopbackServer):
    """Keeps every report of a tool, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.reports: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def keep(self, report: dict[str, Any]) -> None:
        with self._lock:
            self.reports.append(report)

    def of(self, tool: str) -> list[dict[str, Any]]:
        return [report for report in self.reports if report["tool"] == tool]


class _Handler(LoopbackHandler):
    server: Ledger

    def respond(self) -> None:
        self.server.keep(json.loads(self.read_body()))
        self.answer(200, b"{}", {"Content-Type": "application/json"})
