"""What a drill is: a failure, who plays it, what must be true afterwards. A file with `DRILL = Drill(...)` is one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tollgate.definitions.registry import Registry
from tollgate.models.agent import Agent
from tollgate.models.episode import Episode
from tollgate.models.tool import Tool

from local.bedrock.rehearsal import Reply, Turn
from local.drills.example import example

RUNAWAY_STEPS, WAIT_SECONDS = 40, 90.0
"""A run that nothing stops by then is stopped by the drill, and the row fails."""


DEFECT = "this is a defect of Tollgate, please report it"


class NotApplicableError(Exception):
    """The agent has nothing that this drill could fail; the message says what is missing."""


@dataclass(frozen=True)
class Scene:
    """The agent under drill, in words that any agent understands."""

    agent: Agent
    tools: Mapping[str, Tool]
    documents: tuple[str, ...]

    @classmethod
    def of(cls, registry: Registry, name: str) -> "Scene":
        agent = registry.agent(name).definition
        properties = agent.input_schema.get("properties", {})
        documents = tuple(key for key, schema in properties.items() if schema.get("x-tollgate-origin") != "instruction")
        return cls(agent, {key: entry.manifest for key, entry in registry.tools_of(agent).items()}, documents)

    def named(self, *, effect: bool, index: int = 0) -> str:
        """A read, or an effect. Raises `NotApplicableError`."""
        found = [name for name, tool in self.tools.items() if tool.is_effect == effect]
        if not found:
            raise NotApplicableError(f"the agent has no {'effect' if effect else 'read'}")
        return found[index % len(found)]

    def varied_read(self) -> str:
        """A read whose arguments can differ from call to call. Raises `NotApplicableError`."""
        for name, tool in self.tools.items():
            if not tool.is_effect and self.arguments(name, 1) != self.arguments(name, 2):
                return name
        raise NotApplicableError("no read takes arguments that can differ")

    def arguments(self, tool: str, variant: int = 0) -> Any:
        """Arguments that fit the tool's schema."""
        return example(self.tools[tool].input_schema, variant, self.documents)

    def call(self, tool: str, variant: int = 0) -> Reply:
        """One proposed call."""
        return Reply.calls([(tool, self.arguments(tool, variant))])

    def answer(self) -> Reply:
        """A final answer that fits."""
        return Reply.answer(example(self.agent.output_schema))


@dataclass(frozen=True)
class Seen:
    """What came of a drill's executions, read from the API, the model's wire and the twins."""

    scene: Scene
    executions: list[dict[str, Any]]
    starts: list[dict[str, Any]]
    done: list[dict[str, Any]]
    asked_per_step: list[int]
    """How often the model's endpoint was asked for each step."""
    records: list[dict[str, Any]]
    """The decision records of all executions, as `tollgate trace` shows them."""
    approvals: list[dict[str, Any]]
    """Every question that was asked."""
    began: float
    ended: float
    """When the drill began and ended, by the true clock."""
    unstopped: bool
    """Whether the runner had to stop a run that nothing stopped."""
    budget: dict[str, Any] | None = None
    """The tenant's, where the drill limits it."""

    @property
    def effects(self) -> list[str]:
        """The idempotency keys of the effects that were carried out; one twice is a duplicate."""
        return [line["key"] for line in self.done if self.scene.tools[line["tool"]].is_effect]

    @property
    def rules(self) -> set[str]:
        """Screening rules that said no or asked."""
        screenings = [record["body"]["calls"] for record in self.records if record["kind"] == "screening"]
        return {reason["rule"] for calls in screenings for call in calls for reason in call["reasons"]}

    @property
    def met_by(self) -> str:
        """The mechanism that met it, as the execution itself says."""
        words = {": ".join(filter(None, (one["outcome"], one["reason"]))) for one in self.executions}
        told = sorted(self.rules - {"default_gate"})
        return ", ".join(sorted(words)) + (f" ({', '.join(told)})" if told else "")


Judge = Callable[[Seen], str | None]
"""None when it was contained; else what to change."""

Fault = Literal["kill_tasks", "kill_reason", "throttle_tables", "lose_callback", "end_machine", "skew_clocks"]
_OF_ONE_EXECUTION: tuple[Fault, ...] = ("end_machine",)


@dataclass(frozen=True)
class Drill:
    """`respond` plays the model; `tools` orders the twins; `fault` befalls the infrastructure."""

    title: str
    respond: Callable[[Turn, Scene], Reply]
    judge: Judge
    tools: Callable[[Scene], Mapping[str, Any]] = field(default=lambda scene: {})
    episodes: Callable[[Scene, str, dict[str, Any], float], Iterable[Episode]] = field(default=lambda *_: ())
    """What stands in memory before it begins, by scene, tenant, input and time."""
    fault: Fault | None = None
    mechanism: str = ""
    """What is there to meet it, in words; how it really ended is in the row beside it."""
    executions: int = 1
    decides: bool = True
    """Whether anybody answers at the gates; who does says yes."""
    decide_twice: bool = False
    tenant_tokens: int | None = None
    machine_seconds: int | None = None
    """The state machine's own timeout, instead of its year."""
    paid_twice: int = 0
    """Model calls of one step that may be paid twice: one where a process is killed while the model answers."""

    @property
    def befalls_all(self) -> bool:
        """Whether no other drill may be on at the same time."""
        return self.fault is not None and self.fault not in _OF_ONE_EXECUTION


def ended(*outcomes: str) -> Judge:
    """Every execution ended in one of these ways."""

    def judge(seen: Seen) -> str | None:
        strange = [one for one in seen.executions if one["outcome"] not in outcomes]
        if not strange:
            return None
        one = strange[0]
        return f"it ended {one['outcome'] or one['status']} ({one['reason']}), not {' or '.join(outcomes)}"

    return judge


def invariants(drill: Drill, seen: Seen) -> str | None:
    """What holds in every drill, whatever its own judge says."""
    if seen.unstopped:
        steps = seen.scene.agent.limits.steps
        return (
            f"nothing stopped it in {RUNAWAY_STEPS} steps or {WAIT_SECONDS:.0f} s: lower limits.steps (now {steps}) to "
            "what the task needs, and limits.tokens and limits.active_seconds with it"
        )
    if len(set(seen.effects)) != len(seen.effects):
        return "an effect ran twice: set on_retry of its tool to keyed, verify or never"
    if any(count > 1 + drill.paid_twice for count in seen.asked_per_step):
        return f"a model call was paid twice; {DEFECT}"
    for one in seen.executions:
        if one["spend"]["tokens"] > one["limits"]["tokens"] or one["spend"]["usd"] > one["limits"]["usd"]:
            return f"it spent more than its limits; {DEFECT}"
        if one["spend"]["reserved_tokens"] or one["pending_approvals"]:
            return f"{one['execution_id']} is over and still holds a reservation or an open question; {DEFECT}"
    return None
