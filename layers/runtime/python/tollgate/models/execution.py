"""One execution: its identity, its limits, what it has spent, and how it ended."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tollgate.models.lease import LeaseSlot
from tollgate.models.principal import Principal

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
"""Step Functions' own words, so that nobody translates at 2 a.m."""

Outcome = Literal["completed", "rejected", "limit_reached", "failed", "stopped"]

LimitReason = Literal[
    "tokens", "usd", "steps", "active_seconds", "deadline", "history", "approvals", "tool_failures",
    "loop", "cascade", "retries", "model", "answer",
]  # fmt: skip
"""Why an execution ended with the outcome `limit_reached`."""


class Limits(BaseModel):
    """Hard bounds of one execution. All of the first five are required in every agent file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int = Field(gt=0, description="Provider's total tokens, cached ones included.")
    usd: float = Field(gt=0, description="Cost of model calls in US dollars.")
    steps: int = Field(gt=0, le=200, description="Model turns.")
    active_seconds: int = Field(gt=0, description="Time at work; waiting for a person does not count.")
    deadline_seconds: int = Field(gt=0, le=31_000_000, description="Elapsed time from the start, gates included.")
    tool_failures: int = Field(default=6, gt=0, description="Failed calls before the execution's breaker opens.")
    approvals: int = Field(default=10, gt=0, description="Approvals that one execution may ask for.")
    summary_tokens: int = Field(
        default=0, ge=0, le=20_000, description="Kept back of the tokens for one model call that writes the summary."
    )
    calls_per_turn: int = Field(default=8, gt=0, le=12, description="Calls of one turn that are looked at.")


class Spend(BaseModel):
    """What is gone. `reserved_*` is held for a model call under way and comes back, or is spent, when it settles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int = 0
    usd: float = 0.0
    steps: int = 0
    active_seconds: float = 0.0
    elapsed_seconds: float = 0.0
    reserved_tokens: int = 0
    reserved_usd: float = 0.0


class Replay(BaseModel):
    """What a replay re-reads, and whether its effects may run at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    from_step: int = Field(ge=1)
    live: bool = False


class Reservation(BaseModel):
    """What one model call under way holds. `leased` names the lease slots that pay too, with each lease's period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int
    microusd: int
    step: int
    leased: dict[str, str] = {}


class Execution(BaseModel):
    """The execution's record as the tasks and the API read it. Times are seconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    execution_id: str
    agent: str
    agent_digest: str
    principal: Principal
    input: dict[str, Any]
    status: Status = "RUNNING"
    outcome: Outcome | None = None
    reason: str | None = None
    step: int = 0
    limits: Limits
    spend: Spend = Spend()
    created_at: float
    ended_at: float | None = None
    output: Any = None
    summary: str | None = None
    stopping: LimitReason | None = None
    """Set by the task that met a limit; routes the execution to WindDown."""
    stopping_scope: str | None = None
    """The outer budget whose limit it was; None for the execution's own."""
    stop_requested: bool = False
    untrusted: bool = False
    """Admission flagged the input: every effect asks."""
    active_since: float | None = None
    """When the clock of active time last started; None while the execution waits at a gate."""
    approvals_asked: int = 0
    tool_failures: int = 0
    history_events: int = 0
    """An estimate from above of the events in the state machine's history."""
    redrives: int = 0
    """For which redrive of the state machine this record was opened; 0 for its first run."""
    wound_down: int | None = None
    """The run that WindDown ended last."""
    resumed: int = 0
    """The last redrive that WindDown let go on."""
    replay: Replay | None = None
    reservations: dict[str, Reservation] = {}
    """What model calls under way hold, by id."""
    leases: dict[str, LeaseSlot] = {}
    """What it holds of outer budgets, by kind of scope."""

    @property
    def tenant(self) -> str:
        return self.principal.tenant

    @property
    def deadline_at(self) -> float:
        return self.created_at + self.limits.deadline_seconds

    @property
    def waiting(self) -> bool:
        """Whether it stands at a gate: its clock stands from the question until the machine takes up the answer."""
        return self.status == "RUNNING" and self.approvals_asked > 0 and self.active_since is None

    def active_seconds(self, now: float) -> float:
        """Seconds at work until `now`, the running stretch included."""
        running = now - self.active_since if self.active_since is not None else 0.0
        return self.spend.active_seconds + max(0.0, running)
