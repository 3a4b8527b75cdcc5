"""Reason: at most one model response is paid for per step, and a journalled one is never asked for again."""

from typing import Any

from tollgate.budget.amount import Amount
from tollgate.budget.reservation import Refusal, settle
from tollgate.definitions.registry import Registry
from tollgate.limits import step_limit
from tollgate.model_call import Task, ask
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.results import collect, screened_calls
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
    if previous and _settle_calls(stores, registry, execution, previous, event.get("results", [])):
        return {"execution": execution.execution_id, "step": previous}
    execution = stores.executions.get(execution.execution_id)
    journalled = stores.journal.read(execution.execution_id, model_key(step))
    _settle_lost(stores, execution, step, journalled)
    if journalled is None:
        if execution.stop_requested:
            return {"execution": execution.execution_id, "step": step}
        limit = step_limit(execution, step, stores.clock.now())
        task = Task(int(event.get("attempt", 0)), task_seconds)
        refusal = Refusal(limit) if limit else ask(stores, registry, execution, step, task)
        if refusal:
            stores.executions.stopping(execution.execution_id, refusal.limit, scope=refusal.scope)
            return {"execution": execution.execution_id, "step": step}
    stores.executions.enter_step(execution.execution_id, step)
    return {"execution": execution.execution_id, "step": step}


def _settle_calls(
    stores: Stores, registry: Registry, execution: Execution, step: int, results: list[dict[str, Any]]
) -> bool:
    """Journals the results of the step's calls; True when some are not over and must be screened again."""
    agent = registry.agent(execution.agent).definition
    manifests = {name: entry.manifest for name, entry in (registry.builtin | registry.tools_of(agent)).items()}
    records = stores.journal.of_step(execution.execution_id, step)
    screened = screened_calls(records)
    give_up = len([record for record in records if record.kind == "screening"]) >= SCREENINGS
    errors = {str(result["id"]): str(result["error"]) for result in results if result.get("error")}
    failures, unresolved = collect(stores, execution.execution_id, step, screened, manifests, errors, give_up=give_up)
    if not unresolved and failures:
        stores.executions.count(execution.execution_id, once=f"{step:06d}#9", tool_failures=failures)
    return bool(unresolved)


def _settle_lost(stores: Stores, execution: Execution, step: int, journalled: Record | None) -> None:
    """Reservations that a dead attempt of this step left: the journalled one at its bill, any other in full."""
    for reservation_id, held in stores.executions.reservations(execution.execution_id).items():
        if held["step"] != step:
            continue
        if journalled and journalled.body["reservation"] == reservation_id:
            bill = journalled.body["bill"]
            settle(stores, execution.execution_id, reservation_id, Amount(bill["tokens"], bill["microusd"]))
        else:
            settle(stores, execution.execution_id, reservation_id, None)
