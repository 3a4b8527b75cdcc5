"""Where the effects happen: one server that counts them per run and kills the process that reports to it.

It lives in the bench's own process, so that what it counted survives every kill.
"""

import json
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from local.loopback import LoopbackHandler, LoopbackServer

Point = Literal["before the effect", "after the effect, before its record", "after the record", "in the fallback"]
POINTS: tuple[Point, ...] = (
    "before the effect",
    "after the effect, before its record",
    "after the record",
    "in the fallback",
)


@dataclass
class Plan:
    """One run: when its process is killed, once, and what happened."""

    point: Point
    killed: int = 0
    starts: int = 0
    effects: list[str] = field(default_factory=list)

    def applied(self, on_retry: str) -> int:
        """How often the effect counts: a keyed provider drops a key it knows, an idempotent one sets the same value."""
        if on_retry == "keyed":
            return len(set(self.effects))
        return min(1, len(self.effects)) if on_retry == "idempotent" else len(self.effects)


class Provider(LoopbackServer):
    """Takes `{"run", "pid", "at", "spare", "key"}`; the answer says what the tool shall do next."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.plans: dict[str, Plan] = {}
        self._lock = threading.Lock()

    def told(self, report: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            plan = self.plans[report["run"]]
            return getattr(self, f"_{report['at']}")(plan, report)  # type: ignore[no-any-return]

    def _about(self, plan: Plan, report: dict[str, Any]) -> dict[str, Any]:
        plan.starts += 1
        if plan.point == "before the effect":
            self._kill_once(plan, report)
        return {"unavailable": plan.point == "in the fallback" and not report["spare"]}

    def _effect(self, plan: Plan, report: dict[str, Any]) -> dict[str, Any]:
        plan.effects.append(report["key"])
        if plan.point in ("after the effect, before its record", "in the fallback"):
            self._kill_once(plan, report)
        return {"die_when_recorded": plan.point == "after the record" and not plan.killed}

    def _recorded(self, plan: Plan, report: dict[str, Any]) -> dict[str, Any]:
        if plan.point == "after the record":
            self._kill_once(plan, report)
        return {}

    def _look(self, plan: Plan, report: dict[str, Any]) -> dict[str, Any]:
        return {"done": bool(plan.effects)}

    def _kill_once(self, plan: Plan, report: dict[str, Any]) -> None:
        if not plan.killed:
            plan.killed = int(report["pid"])
            os.kill(plan.killed, signal.SIGKILL)


class _Handler(LoopbackHandler):
    server: Provider

    def respond(self) -> None:
        answer = self.server.told(json.loads(self.read_body()))
        with suppress(ConnectionError):  # who was killed does not listen
            self.answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})
