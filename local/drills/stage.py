"""One local stack with the twins on it, and all drills played there, those that touch only themselves side by side."""

import contextlib
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from tollgate.definitions.registry import Registry

from local.bedrock.rehearsal import Turn
from local.drills import faults
from local.drills.drill import RUNAWAY_STEPS, WAIT_SECONDS, Drill, NotApplicableError, Scene, Seen, invariants
from local.drills.example import example
from local.drills.people import People, at_once
from local.drills.planting import plant
from local.drills.playing import Playing, started
from local.drills.row import Row
from local.drills.twins import Twins, make
from local.stack import LocalStack

SIDE_BY_SIDE = 2
POLL_SECONDS = 0.05
_LOOK_EVERY = 8
"""Polls of the machine, which cost nothing, per look through the API, which runs a function."""

_REAL_SERVERS = {
    "OPENAI_BASE_URL", "OPENAI_MODEL", "TOLLGATE_MODEL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "SLACK_API_URL",
}  # fmt: skip
"""A drill's model is its script, and its Slack the stand-in."""


@dataclass
class Stage:
    """From `__enter__` to `__exit__`: copies, a stack of its own, nothing left afterwards."""

    registry: Registry
    agent: str
    folder: Path
    tools: Mapping[str, Path]
    given: dict[str, Any] | None = None
    _parts: ExitStack = field(default_factory=ExitStack)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Stage":
        root = Path(self._parts.enter_context(tempfile.TemporaryDirectory(prefix="tollgate-drill-")))
        self.twins: Twins = make(root / "twins", self.folder, self.tools)
        kept = {name: value for name, value in os.environ.items() if name not in _REAL_SERVERS}
        environ = kept | self.twins.environ
        self.stack = self._parts.enter_context(LocalStack(environ=environ, home=root / "home"))
        self.scene = Scene.of(self.registry, self.agent)
        self._http = urllib3.PoolManager(maxsize=4 * SIDE_BY_SIDE)
        return self

    def __exit__(self, *error: object) -> None:
        self._parts.close()

    def play_all(self, drills: Mapping[str, Drill]) -> Iterator[Row]:
        """The rows as they come in: first what touches only its own executions, then what befalls the whole stack."""
        apart = {name: drill for name, drill in drills.items() if drill.befalls_all}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as players:
            rows = [players.submit(self.play, name, drill) for name, drill in drills.items() if name not in apart]
            for row in as_completed(rows):
                yield row.result()
        for name, drill in apart.items():
            yield self.play(name, drill)

    def play(self, name: str, drill: Drill) -> Row:
        """Plays one drill and judges what came of it. A drill that breaks is a row that is not contained."""
        began = time.monotonic()
        try:
            orders = drill.tools(self.scene)
            drill.respond(_first_turn(self.scene), self.scene)
            seen = self._seen(name, drill, orders)
            advice = invariants(drill, seen) or drill.judge(seen)
        except NotApplicableError as error:
            return Row(name, drill.title, drill.mechanism, f"does not apply: {error}", 0, 0, 0, 0.0, None)
        except Exception as error:  # a drill is anybody's code, and one that breaks must not pass for one that held
            seconds = round(time.monotonic() - began, 1)
            advice = f"the drill itself broke: {type(error).__name__}: {error}"
            return Row(name, drill.title, drill.mechanism, "nothing was judged", 0, 0, 0, seconds, False, advice)
        return Row(
            name=name,
            title=drill.title,
            mechanism=drill.mechanism,
            met_by=seen.met_by,
            tokens=sum(one["spend"]["tokens"] for one in seen.executions),
            model_calls=sum(seen.asked_per_step),
            tool_starts=len(seen.starts),
            seconds=round(time.monotonic() - began, 1),
            contained=advice is None,
            advice=advice or "",
        )

    def _seen(self, name: str, drill: Drill, orders: Mapping[str, Any]) -> Seen:
        tenant, began = f"drill-{name}", time.time()
        people = People(self.stack.api_url, tenant, self.scene.agent, self._http)
        for episode in drill.episodes(self.scene, tenant, self._input, began):
            plant(self.stack, self.registry.prefix, episode)
        self.twins.order(tenant, orders)
        playing = Playing(drill, self.scene, self.stack)
        with _fault(drill, self.stack):
            if drill.tenant_tokens:
                people.limit_tenant(drill.tenant_tokens)
            self._start(playing, people)
            unstopped = self._follow(playing, people)
        ids = playing.ids
        executions = [people.execution(one) for one in ids]
        asked = self.stack.bedrock.requests() if self.stack.bedrock else {}
        return Seen(
            scene=self.scene,
            executions=executions,
            starts=self.twins.recorded(tenant, "starts"),
            done=self.twins.recorded(tenant, "done"),
            asked_per_step=[count for key, count in asked.items() if key.execution in ids],
            records=[record for one in ids for record in people.trace(one)],
            approvals=[approval for one in ids for approval in people.approvals(one)],
            began=began,
            ended=time.time(),
            unstopped=unstopped,
            budget=people.tenant_budget() if drill.tenant_tokens else None,
        )

    @property
    def _input(self) -> dict[str, Any]:
        """What every execution is started with."""
        return self.given or dict(example(self.scene.agent.input_schema))

    def _start(self, playing: Playing, people: People) -> None:
        """All executions of the drill at the same time."""
        refused: list[NotApplicableError] = []

        def start() -> None:
            try:
                started(playing, people.start(self._input))
            except NotApplicableError as error:
                refused.append(error)

        with self._starting, _machine(playing.drill, self.stack):
            at_once([start] * playing.drill.executions)
        if refused:
            raise refused[0]

    def _follow(self, playing: Playing, people: People) -> bool:
        """Decides at gates until all are over; True when a run had to be stopped because nothing else did."""
        end, waiting, unstopped = time.monotonic() + WAIT_SECONDS, list(playing.ids), False
        for poll in itertools.count():
            waiting = [one for one in waiting if self._is_running(one)]
            if not waiting or time.monotonic() > end:
                break
            for one in waiting if poll % _LOOK_EVERY == 0 else []:
                unstopped = self._look(playing.drill, people, one) or unstopped
            time.sleep(POLL_SECONDS)
        for one in waiting:
            people.stop(one)
        return unstopped or bool(waiting)

    def _look(self, drill: Drill, people: People, execution_id: str) -> bool:
        """Ends what nothing else ends (True), plays the fault of the machine, and decides what waits."""
        view = people.execution(execution_id)
        if view["step"] > RUNAWAY_STEPS:
            people.stop(execution_id)
            return True
        if drill.fault == "end_machine" and view["step"]:
            self.stack.client("stepfunctions").stop_execution(executionArn=self._arn(execution_id))
        for approval in view["pending_approvals"] if drill.decides else []:
            people.approve(approval, twice=drill.decide_twice)
        return False

    def _is_running(self, execution_id: str) -> bool:
        found = self.stack.client("stepfunctions").describe_execution(executionArn=self._arn(execution_id))
        return str(found["status"]) == "RUNNING"

    def _arn(self, execution_id: str) -> str:
        return f"{self.stack.state_machine_arn.replace(':stateMachine:', ':execution:')}:{execution_id}"


def _fault(drill: Drill, stack: LocalStack) -> contextlib.AbstractContextManager[Any]:
    """What befalls the whole stack while the drill is on."""
    match drill.fault:
        case "kill_tasks":
            return faults.tasks_killed_once()
        case "throttle_tables":
            return faults.tables_throttled()
        case "lose_callback":
            return faults.callback_lost_once()
        case "skew_clocks":
            return faults.clocks_skewed(stack)
    return contextlib.nullcontext()


def _machine(drill: Drill, stack: LocalStack) -> contextlib.AbstractContextManager[Any]:
    """The machine that the drill's executions are started under."""
    if drill.machine_seconds is None:
        return contextlib.nullcontext()
    return faults.machine_ends_after(stack, drill.machine_seconds)


def _first_turn(scene: Scene) -> Turn:
    """Asks the script once before anything runs, so that one that does not apply says so."""
    return Turn("", "", [], [], list(scene.tools), 1)
