"""The tasks of the agent's machine in this process, driven in the order of the ASL, with crashes at chosen writes.

The machine of these tests does what `statemachines/agent.asl.json` says about retries and routes; that the ASL itself
does so is what `tests/workflow` shows. What is under test is the tasks: any of them may be cut off at any write.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tollgate import model_call, settlement
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.follow_up import follow_up
from tollgate.definitions.registry import AgentEntry, ModelTarget, Price, Registry, ToolEntry
from tollgate.errors import AnswerRefusedError, ApprovalDecidedError, LimitReachedError
from tollgate.models.agent import Agent
from tollgate.models.approval import Decider
from tollgate.models.execution import Execution
from tollgate.models.message import ModelRequest, ModelResponse, TextBlock, ToolUseBlock, Usage
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.settings import Settings
from tollgate.store import dynamodb
from tollgate.store.executions import new_execution_id
from tollgate.store.stores import Stores
from tollgate.tasks import (
    admit_request,
    conclude_execution,
    escalate_approval,
    reason,
    request_approval,
    screen_proposal,
    wind_down,
)
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.run_call import run_call
from tollgate.tool_runtime.tool_call import ToolCall

from local.moto_fixes.catalogue import install
from tests.integration.budget_world import MovedClock
from tests.integration.gate_world import BUCKET, SCHEMAS, _environment, create_tables, forget_clients

REQUESTER = Principal(id="rita", tenant="north", kind="person")
APPROVER = Decider(principal=Principal(id="alma", tenant="north", kind="person", claims={"roles": ["approver"]}))
TRIES = 40
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
_RANDOM = re.compile(r"[0-9a-f]{32,}")

Turn = list[tuple[str, Any]] | str
Decide = Callable[["Journey", Any], dict[str, Any] | None]


class Killed(BaseException):
    """The process is gone: no `except Exception` runs either."""


@dataclass
class Kill:
    """Notes every write, and ends the process before each doomed one, the first time."""

    doomed: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)

    def expect(self, doomed: Iterable[str]) -> None:
        self.doomed, self.seen, self.killed = set(doomed), [], []

    def before(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if model.name not in _WRITES:
            return
        body = params["body"] if isinstance(params["body"], str) else params["body"].decode()
        keys = re.findall(r'"(?:record|step_call|approval_id|UpdateExpression)": ?(?:\{"S": ?)?"([^"]*)"', body)
        write = f"{model.name} {' '.join(_RANDOM.sub('*', key) for key in keys)}"
        self.seen.append(write)
        if write in self.doomed:
            self.doomed.remove(write)
            self.killed.append(write)
            raise Killed(write)


class Model:
    """Answers step n with the n-th turn and counts what it was asked."""

    def __init__(self) -> None:
        self.turns: dict[str, list[Turn]] = {}
        self.asked: dict[str, list[int]] = {}
        self.requests: dict[str, list[ModelRequest]] = {}

    def converse(self, request: ModelRequest) -> ModelResponse:
        execution = request.execution_id
        self.asked.setdefault(execution, []).append(request.step)
        self.requests.setdefault(execution, []).append(request)
        turn = self.turns[execution][request.step - 1]
        content: list[TextBlock | ToolUseBlock] = (
            [TextBlock(text=turn)]
            if isinstance(turn, str)
            else [
                ToolUseBlock(tool_use_id=f"u{request.step}-{index}", name=name, arguments=arguments)
                for index, (name, arguments) in enumerate(turn)
            ]
        )
        return ModelResponse(
            content=content,
            stop_reason="end_turn" if isinstance(turn, str) else "tool_use",
            usage=Usage(input_tokens=100, output_tokens=20, total_tokens=120),
            provider="bedrock",
            model="scripted",
        )


@dataclass
class Effects:
    """What the tools did, by execution: name, key and arguments of every start."""

    starts: dict[str, list[tuple[str, str, dict[str, Any]]]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)

    def runner(self, name: str) -> "_Runner":
        return _Runner(self, name)


@dataclass(frozen=True)
class _Runner:
    effects: Effects
    name: str

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        self.effects.starts.setdefault(call.execution_id, []).append((self.name, call.idempotency_key, arguments))
        if self.name in self.effects.failing:
            raise ValueError("out of order")
        return {"did": self.name}

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        return None


@dataclass
class TaskWorld:
    """Tables, registry, model, tools and the hand that kills."""

    stores: Stores
    clock: MovedClock
    registry: Registry
    model: Model
    effects: Effects
    kill: Kill
    machine: "Machine"

    def journey(
        self, turns: list[Turn], *, agent: str = "worker", doomed: Iterable[str] = (), **changes: Any
    ) -> "Journey":
        """A new execution of these turns, not yet begun; `changes` are its fields that shall be others."""
        execution = Execution(
            execution_id=new_execution_id(),
            agent=agent,
            agent_digest="sha256:a",
            principal=REQUESTER,
            input={"task": "Write parcel-17.", "paper": "a document"},
            limits=self.registry.agent(agent).definition.limits,
            created_at=self.clock.now(),
        ).model_copy(update=changes)
        self.stores.executions.create(execution)
        self.model.turns[execution.execution_id] = turns
        self.kill.expect(doomed)
        journey = self.machine.journeys[execution.execution_id] = Journey(self, execution.execution_id)
        return journey


@dataclass
class Journey:
    """One execution on its way through the machine's states."""

    world: TaskWorld
    execution_id: str
    redrives: int = 0
    status: str = "RUNNING"
    at: tuple[str, dict[str, Any]] = ("AdmitRequest", {})

    @property
    def execution(self) -> Execution:
        return self.world.stores.executions.get(self.execution_id)

    def run(self, decide: Decide = lambda journey, approval: {"kind": "approve"}) -> "Journey":
        """Until the machine ends, or until `decide` returns None at a gate: then it waits there."""
        for _ in range(200):
            if self.status != "RUNNING":
                self.settle()
                return self
            if not self._step(decide):
                return self
        raise AssertionError(f"the machine goes round in circles at {self.at}")

    def stop(self) -> None:
        """As the API does: flag, machine, books."""
        self._task(lambda _: self.world.stores.executions.request_stop(self.execution_id))
        self.status = "ABORTED"
        self.settle()

    def redrive(self) -> None:
        """The state that did not succeed is entered again."""
        self.redrives, self.status = self.redrives + 1, "RUNNING"

    def allow(self, tokens: int) -> None:
        """A person raises the budget."""
        raised = self.execution.limits.model_copy(update={"tokens": tokens})
        self._task(lambda _: self.world.stores.executions.set_limits(self.execution, raised))

    def settle(self) -> None:
        """Until it went through once, like the status event that comes again."""
        self._task(lambda _: settlement.settle(self.world.stores, self.execution_id))

    def _task(self, work: Callable[[int], Any]) -> Any:
        for attempt in range(TRIES):
            try:
                return work(attempt)
            except Killed:
                self.world.clock.at += 0.001
        raise AssertionError("killed too often")

    def _run(self, task: Any, extra: dict[str, Any], **more: Any) -> Any:
        event = {"execution": self.execution_id, "redrives": self.redrives, **extra}
        return self._task(
            lambda attempt: task.run(self.world.stores, self.world.registry, {**event, "attempt": attempt}, **more)
        )

    def _step(self, decide: Decide) -> bool:
        """One state of the machine; False when it waits at a gate."""
        state, data = self.at
        match state:
            case "AdmitRequest":
                self.at = ("Reason", {**self._run(admit_request, {}), "results": []})
            case "Reason":
                extra = {"step": data["step"], "results": data.get("results", [])}
                self.at = ("ScreenProposal", self._run(reason, extra, task_seconds=100.0))
            case "ScreenProposal":
                self._route(self._run(screen_proposal, {"step": data["step"]}))
            case "AwaitApprovals":
                decided = [self._gate(data["step"], ask, decide) for ask in data["asks"]]
                if not all(decided):
                    return False
                self.at = ("ScreenProposal", data)
            case "RunToolCalls":
                results = [self._invoke(data["step"], call) for call in data["calls"]]
                self.at = ("Reason", {**data, "results": results})
            case "ConcludeExecution":
                self._conclude(data)
            case "WindDown":
                self._wind_down(data)
        return True

    def _route(self, data: dict[str, Any]) -> None:
        states = {"run": "RunToolCalls", "ask": "AwaitApprovals", "again": "Reason", "answer": "ConcludeExecution"}
        self.at = (states.get(data["verdict"], "WindDown"), {**data, "results": []})

    def _gate(self, step: int, ask: dict[str, Any], decide: Decide) -> bool:
        stores = self.world.stores
        event = {"step": step, "call": ask["id"], "token": "token-of-nobody"}
        try:
            self._run(request_approval, event)
        except ApprovalDecidedError:
            return True
        call = request_approval.find_call(stores, {"execution": self.execution_id, **event})
        assert call.approval_id is not None
        approval = stores.approvals.get(call.approval_id)
        word = decide(self, approval)
        if word == {"kind": "nobody"}:
            self.world.clock.at = max(self.world.clock.at, call.expires_at + 1.0)
            error = {"step": step, "call": ask["id"], "error": "States.Timeout"}
            answer = self._run(escalate_approval, error)
            assert answer["wait_seconds"] == 0
        elif word is not None:
            self._decided(approval.approval_id, approval.fingerprint, word)
        return word is not None

    def _decided(self, approval_id: str, fingerprint: str, word: dict[str, Any]) -> None:
        said = Word(**{"fingerprint": fingerprint, **word})

        def decided() -> None:
            follow_up(self.world.stores, decide(self.world.stores, APPROVER, approval_id, said, via="api").approval)

        self._task(lambda _: decided())

    def _invoke(self, step: int, call: dict[str, Any]) -> dict[str, Any]:
        entry = next(tool for tool in self.world.registry.tools.values() if tool.function_name == call["function"])
        event = {"execution": self.execution_id, "step": step, "call": call["id"]}
        platform = Platform(self.world.stores, lambda: 100.0, lambda _: None)
        runner = self.world.effects.runner(entry.manifest.name)
        try:
            return dict(self._task(lambda _: run_call(platform, entry, runner, event)))
        except Exception as error:  # the machine catches every error of a call by its name
            return {"id": call["id"], "status": "failed", "error": type(error).__name__}

    def _conclude(self, data: dict[str, Any]) -> None:
        try:
            self._run(conclude_execution, {"step": data["step"]})
            self.status = "SUCCEEDED"
        except AnswerRefusedError:
            self.at = ("Reason", data)
        except LimitReachedError:
            self.at = ("WindDown", data)

    def _wind_down(self, data: dict[str, Any]) -> None:
        try:
            self.at = ("Reason", {**self._run(wind_down, {"step": data["step"]}, task_seconds=100.0), "results": []})
        except LimitReachedError:
            self.status = "FAILED"


class Machine:
    """Step Functions as settlement sees it: the journeys' own status."""

    def __init__(self) -> None:
        self.journeys: dict[str, Journey] = {}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 (boto3's own name)
        journey = self.journeys[executionArn.rpartition(":")[2]]
        return {"status": journey.status, "redriveCount": journey.redrives}


def registry(**changes: Any) -> Registry:
    """Agents that differ in their limits; a read, a write under a waiver and one that asks."""
    tools = {name: _tool(name, **fields) for name, fields in _TOOLS.items()}
    price = Price(input=3.0, output=15.0, source="invented", as_of="2026-11-22")
    agents: dict[str, dict[str, Any]] = {"worker": {}, "few_tokens": {"tokens": 1_450}, "clumsy": {"tool_failures": 1}}
    return Registry(
        stage="local",
        prefix="t",
        agents={name: _agent(name, limits) for name, limits in agents.items()},
        tools=tools | changes,
        models={"reasoning": ModelTarget(provider="bedrock", model="scripted", price=price)},
    )


_TOOLS: dict[str, dict[str, Any]] = {
    "fetch": {"effect": "read"},
    "write_auto": {"effect": "write", "approval": "auto", "on_retry": "keyed", "sinks": [["item"]]},
    "write_asked": {"effect": "write", "on_retry": "keyed", "sinks": [["item"]]},
}


def _tool(name: str, policy: str = "sha256:policy", **fields: Any) -> ToolEntry:
    schema = {
        "type": "object",
        "required": ["item"],
        "properties": {"item": {"type": "string"}, "note": {"type": "string"}},
        "additionalProperties": False,
    }
    whole = {"schema_version": 1, "name": name, "description": "Works.", "kind": "lambda", "input_schema": schema}
    manifest = Tool.model_validate({**whole, **fields})
    return ToolEntry(manifest=manifest, digest=f"sha256:{name}", policy_digest=policy, function_name=f"t-tool-{name}")


def retold(entry: ToolEntry, policy: str, **manifest: Any) -> ToolEntry:
    """The same tool under another policy."""
    changed = entry.manifest.model_copy(update=manifest)
    return entry.model_copy(update={"policy_digest": policy, "manifest": changed})


def _agent(name: str, limits: dict[str, Any]) -> AgentEntry:
    bounds = {"tokens": 150_000, "usd": 5.0, "steps": 12, "active_seconds": 600, "deadline_seconds": 86_400}
    definition = Agent.model_validate(
        {
            "schema_version": 1,
            "name": name,
            "description": "Works.",
            "model": {"max_output_tokens": 200},
            "limits": {**bounds, **limits},
            "input_schema": {
                "type": "object",
                "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
            },
            "output_schema": {"type": "object", "required": ["status"]},
            "approvals": {"approvers": ["role:approver"], "timeout_seconds": 60},
            # A waiver alone lets nothing through: the manifest must say `approval: auto` too.
            "waivers": {
                n: {"owner": "t", "reason": "t", "review_by": "2999-01-01"} for n in ("write_auto", "write_asked")
            },
            "tools": list(_TOOLS),
        }
    )
    return AgentEntry(definition=definition, instructions="Work.", digest="sha256:agent")


@pytest.fixture(scope="module")
def tasks() -> Iterator[TaskWorld]:
    """One set of tables per test file; every journey is an execution of its own."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _environment(patch)
        install()  # without it, moto's conditional writes are not atomic
        create_tables(boto3.client("dynamodb"))
        place: Any = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        clock, model, machine, kill = MovedClock(), Model(), Machine(), Kill()
        dynamodb.client().meta.events.register("before-call.dynamodb", kill.before)
        patch.setattr(model_call, "model_for", lambda target: model)
        patch.setattr(settlement, "_step_functions", lambda: machine)
        arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:t-agent"
        names = {f"{name}_table": f"gate-{name}" for name in SCHEMAS}
        stores = Stores(Settings(**names, bucket=BUCKET, state_machine_arn=arn), clock)
        yield TaskWorld(stores, clock, registry(), model, Effects(), kill, machine)
    forget_clients()
