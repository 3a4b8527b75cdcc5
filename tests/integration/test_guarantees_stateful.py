"""Random sequences of step, crash, retry, approve, reject, stop, redrive and budget change hold the guarantees."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tollgate.store.dynamodb import Table
from tollgate.store.journal import model_key

from tests.integration.budget_world import BudgetWorld, budgets
from tests.integration.loop_world import Machine, fresh_tenant, registry, use_model

__all__ = ["budgets"]

EXAMPLES, STEPS = 12, 40
_world: list[BudgetWorld] = []
_machines: list[Machine] = []


class CrashError(BaseException):
    """The process is gone."""


class Writes:
    """Lets the n-th write of a task be its last act, before or after it happened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.after = False
        for name in ("update", "put"):
            patch.setattr(Table, name, self._dying(getattr(Table, name)))

    def _dying(self, original: Any) -> Any:
        def write(table: Table, *args: Any, **named: Any) -> Any:
            dies = self.left == 0
            self.left = None if self.left is None else self.left - 1
            if dies and not self.after:
                raise CrashError
            done = original(table, *args, **named)
            if dies:
                raise CrashError
            return done

        return write


_writes: list[Writes] = []


class Guarantees(RuleBasedStateMachine):
    """One execution of a tenant with a budget, and everything that may befall it."""

    @initialize(tenant_tokens=st.sampled_from([None, 3_000, 50_000]))
    def begin(self, tenant_tokens: int | None) -> None:
        self.world = _world[-1]
        self.tenant = fresh_tenant()
        self.scope = self.world.tenant(self.tenant, tokens=tenant_tokens) if tenant_tokens else None
        self.machine = Machine(self.world, registry(), self.tenant)
        _machines.append(self.machine)
        self.crashes_in_calls: dict[int, int] = {}
        self.stopped = False

    @precondition(lambda self: not self.machine.is_over)
    @rule()
    def advance(self) -> None:
        self.machine.advance()
        self._settle_when_over()

    @precondition(lambda self: not self.machine.is_over)
    @rule(at=st.integers(0, 6), after=st.booleans())
    def crash(self, at: int, after: bool) -> None:
        """The task dies at one of its writes; the state machine will try the same task again."""
        paid = dict(self.machine.seen.paid)
        _writes[-1].left, _writes[-1].after = at, after
        try:
            self.machine.advance()
        except CrashError:
            self.machine.attempt += 1
            self._note_lost_calls(paid)
        finally:
            _writes[-1].left = None
        self._settle_when_over()

    @precondition(lambda self: self.machine.task == "Reason")
    @rule()
    def crash_in_mid_call(self) -> None:
        """Killed while the model answers."""
        paid = dict(self.machine.seen.paid)

        def die() -> None:
            raise CrashError

        self.machine.seen.before_answer = die
        try:
            self.machine.advance()
        except CrashError:
            self.machine.attempt += 1
            self._note_lost_calls(paid)
        finally:
            self.machine.seen.before_answer = lambda: None

    @precondition(lambda self: self.machine.task == "Gate")
    @rule(approve=st.booleans())
    def decide(self, approve: bool) -> None:
        for ask in self.machine.routed["asks"]:
            self.machine.decide(ask["id"], approve=approve)

    @precondition(lambda self: not self.machine.is_over)
    @rule(hesitates=st.integers(0, 14))
    def stop(self, hesitates: int) -> None:
        """Seldom: what is stopped meets nothing else."""
        if hesitates != 14:
            return
        self.world.stores.executions.request_stop(self.machine.id)
        self.machine.task, self.stopped = "End", True
        self.machine.settle("ABORTED")

    @precondition(lambda self: self.machine.is_over and self.machine.execution.outcome == "limit_reached")
    @rule()
    def redrive(self) -> None:
        self.machine.redrives += 1
        self.machine.task = "WindDown"

    @rule(more=st.integers(0, 20_000))
    def raise_budget(self, more: int) -> None:
        execution = self.machine.execution
        raised = execution.limits.model_copy(update={"tokens": execution.limits.tokens + more})
        self.world.stores.executions.set_limits(execution, raised)
        if self.scope:
            state = self.world.state(self.scope)
            self.world.stores.budgets.limit(
                self.scope, state.period, tokens=(state.limit_tokens or 0) + more, microusd=None
            )

    @invariant()
    def never_spends_more_than_it_may(self) -> None:
        if not hasattr(self, "machine"):
            return
        execution = self.machine.execution
        held = execution.spend.tokens + execution.spend.reserved_tokens
        assert held <= execution.limits.tokens
        if self.scope:
            state = self.world.state(self.scope)
            assert (state.spent + state.leased).tokens <= (state.limit_tokens or 0)
            assert state.available.tokens >= 0

    @invariant()
    def pays_each_step_once_but_for_calls_that_were_cut_off(self) -> None:
        for step, count in self.machine.seen.paid.items() if hasattr(self, "machine") else ():
            assert count <= 1 + self.crashes_in_calls.get(step, 0), f"step {step} was paid {count} times"

    @invariant()
    def carries_out_each_approved_effect_at_most_once(self) -> None:
        if hasattr(self, "machine"):
            assert len(self.machine.seen.effects) <= len(self.machine.seen.approved)

    def teardown(self) -> None:
        """Settled at the end, nothing is reserved, leased or listed, and the scope has exactly what was spent."""
        if not hasattr(self, "machine"):
            return
        for _ in range(2):
            self.machine.settle("FAILED")
        execution = self.machine.execution
        assert execution.spend.reserved_tokens == 0
        if self.scope:
            state = self.world.state(self.scope)
            assert (state.leased.tokens, dict(state.open)) == (0, {})
            assert state.spent.tokens == execution.spend.tokens

    def _note_lost_calls(self, before: dict[int, int]) -> None:
        """A call that was made in this attempt and is not in the journal may be made again, once."""
        for step, count in self.machine.seen.paid.items():
            if count > before.get(step, 0) and self.world.stores.journal.read(self.machine.id, model_key(step)) is None:
                self.crashes_in_calls[step] = self.crashes_in_calls.get(step, 0) + 1

    def _settle_when_over(self) -> None:
        if self.machine.is_over:
            outcome = self.machine.execution.outcome
            self.machine.settle("SUCCEEDED" if outcome == "completed" else "FAILED")


@pytest.fixture
def faults(budgets: BudgetWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The world that the machine's examples share, and its model and writes."""
    _world.append(budgets)
    _writes.append(Writes(monkeypatch))
    use_model(monkeypatch, lambda: _machines[-1])
    yield
    _world.clear()


def test_random_sequences_hold_the_guarantees(faults: None) -> None:
    """A bounded number of examples of up to forty events each; hypothesis shows the shortest that breaks one."""
    run_state_machine_as_test(
        Guarantees,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
