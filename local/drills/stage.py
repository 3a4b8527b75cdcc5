"""One local stack with the twins on it, and one drill after the other played there."""

import contextlib
import itertools
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from tollgate.definitions.registry import Registry

from local.bedrock.rehearsal import Reply, Turn
from local.drills import faults
from local.drills.drill import RUNAWAY_STEPS, WAIT_SECONDS, Drill, NotApplicableError, Scene, Seen, invariants
from local.drills.example import example
from local.drills.twins import Twins, make
from local.stack import LocalStack

POLL_SECONDS = 0.05
_LOOK_EVERY = 8
"""Polls of the machine, which cost nothing, per look through the API, which runs a function."""

_REAL_SERVERS = {
    "OPENAI_BASE_URL", "OPENAI_MODEL", "TOLLGATE_MODEL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "SLACK_API_URL",
}  # fmt: skip
"""A drill's model is its script, and its Slack the stand-in."""


@dataclass(frozen=True)
class Row:
    """One line of the report. `contained` is None where the drill does not apply."""

    name: str
    title: str
    met_by: str
    tokens: int
    model_calls: int
    seconds: float
    contained: bool | None
    advice: str = ""


@dataclass
class Playing:
    """The drill that is on. The rehearsal script of the twins' agent asks it."""

    drill: Drill
    scene: Scene
    stack: LocalStack
    killed: bool = False
    error: str | None = None

    def respond(self, turn: Turn) -> Reply:
        if self.drill.fault == "kill_reason" and not self.killed:
            self.killed = True
            faults.kill_function(self.stack.process_ids, "-task-reason")
        return self.drill.respond(turn, self.scene)


_playing: list[Playing] = []


def respond(turn: Turn) -> Reply:
    """What the rehearsal script of the drilled agent answers."""
    return _playing[-1].respond(turn)


@dataclass
class Stage:
    """From `__enter__` to `__exit__`: copies, a stack of its own, nothing left afterwards."""

    registry: Registry
    agent: str
    folder: Path
    tools: Mapping[str, Path]
    given: dict[str, Any] | None = None
    _parts: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Stage":
        root = Path(self._parts.enter_context(tempfile.TemporaryDirectory(prefix="tollgate-drill-")))
        self.twins: Twins = make(root / "twins", self.folder, self.tools)
        kept = {name: value for name, value in os.environ.items() if name not in _REAL_SERVERS}
        environ = kept | self.twins.environ
        self.stack = self._parts.enter_context(LocalStack(environ=environ, home=root / "home"))
        self.scene = Scene.of(self.registry, self.agent)
        self._http = urllib3.PoolManager(maxsize=10)
        return self

    def __exit__(self, *error: object) -> None:
        self._parts.close()

    def play(self, name: str, drill: Drill) -> Row:
        """Plays one drill and judges what came of it."""
        started = time.monotonic()
        try:
            self.twins.order(drill.tools(self.scene))
            drill.respond(_first_turn(self.scene), self.scene)
        except NotApplicableError as error:
            return Row(name, drill.title, f"does not apply: {error}", 0, 0, 0.0, None)
        seen = self._seen(name, drill)
        advice = invariants(drill, seen) or drill.judge(seen)
        return Row(
            name=name,
            title=drill.title,
            met_by=seen.met_by,
            tokens=sum(one["spend"]["tokens"] for one in seen.executions),
            model_calls=sum(seen.asked_per_step),
            seconds=round(time.monotonic() - started, 1),
            contained=advice is None,
            advice=advice or "",
        )

    def _seen(self, name: str, drill: Drill) -> Seen:
        tenant = f"drill-{name}"
        _playing.append(Playing(drill, self.scene, self.stack))
        with contextlib.ExitStack() as during:
            during.enter_context(_fault(drill))
            if drill.tenant_tokens:
                self._send(
                    "PUT", f"/v1/budgets/tenant:{tenant}", tenant, {"tokens": drill.tenant_tokens}, roles=["admin"]
                )
            ids = [self._start(tenant) for _ in range(drill.executions)]
            refused = self._follow(drill, tenant, ids)
        executions = [self._send("GET", f"/v1/executions/{one}", tenant) for one in ids]
        traces = [self._send("GET", f"/v1/executions/{one}/trace?limit=200", tenant)["items"] for one in ids]
        budget = self._send("GET", f"/v1/budgets/tenant:{tenant}", tenant) if drill.tenant_tokens else None
        asked = self.stack.bedrock.requests() if self.stack.bedrock else {}
        return Seen(
            scene=self.scene,
            executions=executions,
            starts=self.twins.recorded("starts"),
            done=self.twins.recorded("done"),
            asked_per_step=[count for key, count in asked.items() if key.execution in ids],
            rules=_rules(traces),
            refused=refused,
            budget=budget,
        )

    def _start(self, tenant: str) -> str:
        given = self.given or example(self.scene.agent.input_schema)
        started = self._send("POST", "/v1/executions", tenant, {"agent": self.agent, "input": given})
        return str(started["execution_id"])

    def _follow(self, drill: Drill, tenant: str, ids: list[str]) -> bool:
        """Decides at gates until all are over; True when a run had to be stopped because nothing else did."""
        end, waiting, refused = time.monotonic() + WAIT_SECONDS, list(ids), False
        for poll in itertools.count():
            waiting = [one for one in waiting if self._is_running(one)]
            if not waiting or time.monotonic() > end:
                break
            for one in waiting if poll % _LOOK_EVERY == 0 else []:
                refused = self._look(drill, tenant, one) or refused
            time.sleep(POLL_SECONDS)
        for one in waiting:
            self._send("POST", f"/v1/executions/{one}/stop", tenant)
        return refused or bool(waiting)

    def _look(self, drill: Drill, tenant: str, execution_id: str) -> bool:
        """Ends what nothing else ends (True), plays the fault of the machine, and decides what waits."""
        view = self._send("GET", f"/v1/executions/{execution_id}", tenant)
        if view["step"] > RUNAWAY_STEPS:
            self._send("POST", f"/v1/executions/{execution_id}/stop", tenant)
            return True
        if drill.fault == "end_machine" and view["step"]:
            self.stack.client("stepfunctions").stop_execution(executionArn=self._arn(execution_id))
        for approval in view["pending_approvals"]:
            self._decide(drill, tenant, approval)
        return False

    def _is_running(self, execution_id: str) -> bool:
        found = self.stack.client("stepfunctions").describe_execution(executionArn=self._arn(execution_id))
        return str(found["status"]) == "RUNNING"

    def _arn(self, execution_id: str) -> str:
        return f"{self.stack.state_machine_arn.replace(':stateMachine:', ':execution:')}:{execution_id}"

    def _decide(self, drill: Drill, tenant: str, approval_id: str) -> None:
        """As many people as it takes say yes; in a drill of double callbacks two of them at the same instant."""
        asked = self._send("GET", f"/v1/approvals/{approval_id}", tenant)
        if asked["status"] != "pending":
            return
        body = {"decision": "approve", "fingerprint": asked["fingerprint"]}
        path = f"/v1/approvals/{approval_id}/decision"
        people = _people(asked["approvers"])[: max(1, asked["quorum"])]
        for who in people:
            senders = [
                threading.Thread(target=self._send, args=("POST", path, tenant, body), kwargs={"who": who})
                for _ in range(2 if drill.decide_twice else 1)
            ]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()

    def _send(
        self, method: str, path: str, tenant: str, body: Any = None, *, who: str = "drill-requester",
        roles: list[str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """One request. A 503 is asked again, as its problem says; other refusals are the caller's to read."""
        principal = {"id": who, "tenant": tenant, "kind": "person", "claims": {"roles": roles or self._roles}}
        headers = {"Content-Type": "application/json", "X-Tollgate-Principal": json.dumps(principal)}
        data = None if body is None else json.dumps(body)
        for _ in range(20):
            answer = self._http.request(method, self.stack.api_url + path, body=data, headers=headers, timeout=30)
            if answer.status not in (500, 502, 503):
                break
            time.sleep(0.2)
        found: dict[str, Any] = json.loads(answer.data)
        if answer.status >= 400 and method != "POST":
            raise RuntimeError(f"{method} {path}: {found.get('detail')}")
        if answer.status >= 400 and path == "/v1/executions":
            raise NotApplicableError(f"the example input was refused ({found.get('detail')}); give one with --input")
        return found

    @property
    def _roles(self) -> list[str]:
        approvals = self.scene.agent.approvals
        named = [
            *approvals.approvers,
            *approvals.escalate_to,
            *(who for rule in approvals.rules for who in rule.approvers or []),
        ]
        return sorted({who.partition(":")[2] for who in named if who.startswith("role:")})


@contextlib.contextmanager
def _fault(drill: Drill) -> Iterator[None]:
    contexts: dict[str, Any] = {
        "kill_tasks": faults.tasks_killed_once,
        "throttle_tables": faults.tables_throttled,
        "lose_callback": faults.callback_lost_once,
    }
    with contexts.get(str(drill.fault), contextlib.nullcontext)():
        yield


def _people(approvers: list[str]) -> list[str]:
    """Who may decide: the named users, else people with the roles."""
    named = [who.partition(":")[2] for who in approvers if who.startswith("user:")]
    return [*named, *(f"drill-approver-{number}" for number in range(1, 11))]


def _first_turn(scene: Scene) -> Turn:
    """Asks the script once before anything runs, so that one that does not apply says so."""
    return Turn("", "", [], [], list(scene.tools), 1)


def _rules(traces: list[list[dict[str, Any]]]) -> set[str]:
    return {
        reason["rule"]
        for items in traces
        for record in items
        if record["kind"] == "screening"
        for call in record["body"]["calls"]
        for reason in call["reasons"]
    }
