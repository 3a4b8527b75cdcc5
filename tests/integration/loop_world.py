"""The task functions in this process as the state machine would call them, with a fake model, tools and clock.

`Machine` holds what Step Functions holds: which task is next, with what input, and how often it was redriven.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tollgate import model_call
from tollgate.definitions.registry import AgentEntry, ModelTarget, Price, Registry, ToolEntry
from tollgate.errors import AnswerRefusedError, LimitReachedError, TollgateError
from tollgate.models.agent import Agent, ModelChoice
from tollgate.models.call import CallState
from tollgate.models.execution import Execution, Limits
from tollgate.models.message import ModelRequest, ModelResponse, TextBlock, ToolUseBlock, Usage
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.settlement import _close
from tollgate.store.dynamodb import transact
from tollgate.store.executions import new_execution_id
from tollgate.store.journal import model_key
from tollgate.tasks import admit_request, conclude_execution, reason, screen_proposal, wind_down
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.run_call import run_call
from tollgate.tool_runtime.tool_call import ToolCall

from tests.integration.budget_world import BudgetWorld

CALL_TOKENS = 700
_ITEM = {
    "type": "object",
    "required": ["item"],
    "properties": {"item": {"type": "string"}},
    "additionalProperties": False,
}
PRICE = Price(input=1, output=1, source="invented", as_of="2026-11-22")


def registry(fallback: str | None = None) -> Registry:
    """One agent with a read and a gated, keyed write."""
    tools = {name: _tool(name, effect) for name, effect in (("fetch", "read"), ("write", "write"))}
    definition = Agent(
        schema_version=1,
        name="worker",
        description="Works.",
        model=ModelChoice(max_output_tokens=64, fallback=fallback),
        limits=Limits(tokens=9_000, usd=1.0, steps=9, active_seconds=10_000, deadline_seconds=10_000_000, approvals=50),
        input_schema={"type": "object"},
        output_schema={"type": "object"},
        tools=list(tools),
    )
    return Registry(
        stage="dev",
        prefix="loop",
        agents={"worker": AgentEntry(definition=definition, instructions="Work.", digest="sha256:a")},
        tools=tools,
        models={alias: ModelTarget(provider="bedrock", model=alias, price=PRICE) for alias in ("reasoning", "second")},
    )


def _tool(name: str, effect: Any) -> ToolEntry:
    manifest = Tool(
        schema_version=1, name=name, description=name, kind="lambda", effect=effect, input_schema=_ITEM,
        **({"on_retry": "keyed"} if effect == "write" else {}),
    )  # fmt: skip
    return ToolEntry(manifest=manifest, digest=f"sha256:{name}", policy_digest="sha256:p", function_name=name)


@dataclass
class Recorder:
    """What reached the model and the tools: counted here, not in the product's own ledger."""

    paid: Counter[int] = field(default_factory=Counter)
    effects: list[str] = field(default_factory=list)
    approved: set[tuple[int, str]] = field(default_factory=set)
    before_answer: Callable[[], None] = lambda: None


@dataclass
class Machine:
    """One execution and the task that comes next."""

    world: BudgetWorld
    registry: Registry
    tenant: str
    seen: Recorder = field(default_factory=Recorder)
    task: str = "AdmitRequest"
    step: int = 0
    redrives: int = 0
    attempt: int = 0
    routed: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        entry = self.registry.agent("worker")
        execution = Execution(
            execution_id=new_execution_id(),
            agent="worker",
            agent_digest=entry.digest,
            principal=Principal(id="rita", tenant=self.tenant, kind="person"),
            input={},
            limits=entry.definition.limits,
            created_at=self.world.clock.now(),
        )
        self.world.stores.executions.create(execution)
        self.id = execution.execution_id

    @property
    def execution(self) -> Execution:
        return self.world.stores.executions.get(self.id)

    @property
    def is_over(self) -> bool:
        return self.task == "End"

    def advance(self) -> None:
        """Runs the next task; what it raises of its own is routed as the state machine routes it."""
        event = {
            "execution": self.id,
            "step": self.step,
            "attempt": self.attempt,
            "redrives": self.redrives,
            "results": [],
        }
        getattr(self, f"_{self.task}")(event)
        self.attempt = 0

    def converse(self, request: ModelRequest) -> ModelResponse:
        """The fake model: reads and writes in turn, the answer at the end. Journalled steps are never asked again."""
        assert self.world.stores.journal.read(self.id, model_key(request.step)) is None, (
            "a journalled step was paid again"
        )
        self.seen.paid[request.step] += 1
        self.seen.before_answer()
        usage = Usage(input_tokens=CALL_TOKENS - 20, output_tokens=20, total_tokens=CALL_TOKENS)
        use = ToolUseBlock(
            tool_use_id=f"t{request.step}",
            name=("fetch", "write")[request.step % 2],
            arguments={"item": f"{request.step}"},
        )
        content: list[Any] = [TextBlock(text="{}")] if request.step > 7 else [use]
        stop: Any = "end_turn" if request.step > 7 else "tool_use"
        return ModelResponse(content=content, stop_reason=stop, usage=usage, provider="fake", model=request.agent)

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        """The fake effect, as a system that knows idempotency keys: the same key twice happens once."""
        is_write = int(arguments["item"]) % 2 == 1  # the model's own pattern: odd steps write, even ones read
        if is_write and call.idempotency_key not in self.seen.effects:
            self.seen.effects.append(call.idempotency_key)
        return {"written": arguments["item"]}

    verify = None

    def decide(self, call_id: str, *, approve: bool) -> None:
        """A person's word in the ledger, as the gate writes it."""
        call = self.world.stores.calls.get("write", self.id, self.step, call_id)
        assert call is not None
        if call.state != CallState.ASKED:
            return
        state = CallState.APPROVED if approve else CallState.REJECTED
        key = {"tool_execution": f"write#{self.id}", "step_call": f"{self.step:06d}#{call_id}"}
        request = self.world.stores.calls.decide_request(
            key, fingerprint=call.fingerprint, state=state, arguments=None, by="alma", now=self.world.clock.now()
        )
        transact({"Update": request})
        if approve:
            self.seen.approved.add((self.step, call_id))

    def settle(self, status: Any) -> None:
        """As settlement does when the machine has ended."""
        _close(self.world.stores, self.execution, status, self.world.clock.now())

    def _AdmitRequest(self, event: dict[str, Any]) -> None:  # noqa: N802  # the state's own name
        self.step = admit_request.run(self.world.stores, self.registry, event)["step"]
        self.task = "Reason"

    def _Reason(self, event: dict[str, Any]) -> None:  # noqa: N802
        self.step = reason.run(self.world.stores, self.registry, event, task_seconds=900)["step"]
        self.task = "ScreenProposal"

    def _ScreenProposal(self, event: dict[str, Any]) -> None:  # noqa: N802
        self.routed = screen_proposal.run(self.world.stores, self.registry, event)
        known = {"run": "Tools", "ask": "Gate", "again": "Reason", "answer": "ConcludeExecution"}
        self.task = known.get(self.routed["verdict"], "WindDown")

    def _Gate(self, event: dict[str, Any]) -> None:  # noqa: N802
        """Open until every question has its word."""
        calls = [self.world.stores.calls.get("write", self.id, self.step, ask["id"]) for ask in self.routed["asks"]]
        if all(call and call.state != CallState.ASKED for call in calls):
            self.task = "ScreenProposal"

    def _Tools(self, event: dict[str, Any]) -> None:  # noqa: N802
        platform = Platform(self.world.stores, lambda: 60.0, lambda seconds: None)
        for call in self.routed["calls"]:
            name = call["function"]
            if name == "write":
                assert (self.step, call["id"]) in self.seen.approved, "an effect ran that nobody approved"
            run_call(platform, self.registry.tools[name], self, event | {"call": call["id"]})  # type: ignore[arg-type]
        self.task = "Reason"

    def _ConcludeExecution(self, event: dict[str, Any]) -> None:  # noqa: N802
        try:
            conclude_execution.run(self.world.stores, self.registry, event)
        except AnswerRefusedError:
            self.task = "Reason"
        except LimitReachedError:
            self.task = "WindDown"
        else:
            self.task = "End"

    def _WindDown(self, event: dict[str, Any]) -> None:  # noqa: N802
        try:
            self.step = wind_down.run(self.world.stores, self.registry, event, task_seconds=120)["step"]
        except TollgateError:
            self.task = "End"
        else:
            self.task = "Reason"


def use_model(patch: Any, machine: Callable[[], Machine]) -> None:
    """Every model call goes to the machine's fake."""
    patch.setattr(model_call, "model_for", lambda target: machine())


def fresh_tenant() -> str:
    return uuid.uuid4().hex
