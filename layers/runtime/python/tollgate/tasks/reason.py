"""Reason: at most one model response is paid for per step, and a journalled one is never asked for again."""

from dataclasses import dataclass
from typing import Any

from tollgate.budget.amount import Amount
from tollgate.budget.reservation import Refusal, settle
from tollgate.definitions.registry import Registry
from tollgate.limits import step_limit
from tollgate.model_call import Task, ask
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.results import Collected, collect, screened_calls
from tollgate.store.journal import model_key
from tollgate.store.stores import Stores

SCREENINGS = 8
"""A step is screened this often at the most; calls that still cannot run are then told as failed."""


def run(stores: Stores, registry: Registry, event: dict[str, Any], *, task_seconds: float) -> dict[str, Any]:
    """Returns `{execution, step}`; `step` stays where it was when calls of it must be screened again.

    `task_seconds` is what the function itself has left. Raises `ModelThrottledError` for the state machine to retry.
    """
    execution = stores.executions.opened(event["execution"], int(event.get("redrives", 0)))
    previous, step = int(event["step"]), int(event["step"]) + 1
    # Read once: what the calls of the last step became is added to it as it is written.
    records = list(stores.journal.of_execution(execution.execution_id))
    if previous:
        calls = _Calls(stores, registry, execution, previous)
        collected = calls.collect(records, event.get("results", []))
        if collected.unresolved:
            return {"execution": execution.execution_id, "step": previous}
        execution = calls.count(collected)
        records = _with(records, collected.results)
    task = Task(int(event.get("attempt", 0)), task_seconds)
    _advance(stores, registry, execution, step, records, task)
    return {"execution": execution.execution_id, "step": step}


def _advance(
    stores: Stores, registry: Registry, execution: Execution, step: int, records: list[Record], task: Task
) -> None:
    """The step has its model response when this returns, or the limit that kept it from one is on record."""
    journalled = next((record for record in records if record.record == model_key(step)), None)
    execution = _settle_lost(stores, execution, step, journalled)
    if journalled is not None and execution.step < step:
        stores.executions.enter_step(execution.execution_id, step)
    if journalled is not None or execution.stop_requested:
        return
    limit = step_limit(execution, step, stores.clock.now())
    refusal = Refusal(limit) if limit else ask(stores, registry, execution, step, records, task)
    if refusal and refusal.limit:
        stores.executions.stopping(execution.execution_id, refusal.limit, scope=refusal.scope)


@dataclass(frozen=True)
class _Calls:
    """The calls of the step before."""

    stores: Stores
    registry: Registry
    execution: Execution
    step: int

    def collect(self, records: list[Record], results: list[dict[str, Any]]) -> Collected:
        """Journals their results; some may not be over and must be screened again."""
        agent = self.registry.agent(self.execution.agent).definition
        tools = self.registry.builtin | self.registry.tools_of(agent)
        manifests = {name: entry.manifest for name, entry in tools.items()}
        own = [record for record in records if record.step == self.step]
        give_up = len([record for record in own if record.kind == "screening"]) >= SCREENINGS
        errors = {str(result["id"]): str(result["error"]) for result in results if result.get("error")}
        execution_id = self.execution.execution_id
        return collect(self.stores, execution_id, self.step, screened_calls(own), manifests, errors, give_up=give_up)

    def count(self, collected: Collected) -> Execution:
        """The execution, with those that failed counted."""
        if not collected.failures:
            return self.execution
        once = f"{self.step:06d}#9"
        counted = self.stores.executions.count(self.execution.execution_id, once=once, tool_failures=collected.failures)
        return counted or self.execution


def _with(records: list[Record], results: list[Record]) -> list[Record]:
    """All records by key, as the journal would give them now."""
    by_key = {record.record: record for record in [*records, *results]}
    return [by_key[key] for key in sorted(by_key)]


def _settle_lost(stores: Stores, execution: Execution, step: int, journalled: Record | None) -> Execution:
    """Reservations that a dead attempt of this step left: the journalled one at its bill, any other in full."""
    lost = [reservation_id for reservation_id, held in execution.reservations.items() if held.step == step]
    for reservation_id in lost:
        spent, entering = None, None
        if journalled and journalled.body["reservation"] == reservation_id:
            bill = journalled.body["bill"]
            spent, entering = Amount(bill["tokens"], bill["microusd"]), step
        settle(stores, execution.execution_id, reservation_id, spent, entering=entering)
    return stores.executions.get(execution.execution_id) if lost else execution
