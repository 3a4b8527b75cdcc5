"""WindDown: a limit ends the execution with a summary, and a redrive with room to go on continues exactly there."""

from typing import Any

from tollgate import model_summary
from tollgate.conversation import turns
from tollgate.definitions.registry import Registry
from tollgate.errors import LimitReachedError
from tollgate.models.execution import Execution
from tollgate.store.stores import Stores
from tollgate.summary import summarise


def run(stores: Stores, registry: Registry, event: dict[str, Any], *, task_seconds: float) -> dict[str, Any]:
    """Raises `LimitReachedError`; after a redrive returns `{execution, step}`: Reason finds out if the limit holds.

    `task_seconds` is what the function itself has left.
    """
    step, redrives = int(event["step"]), int(event["redrives"])
    execution = stores.executions.opened(event["execution"], redrives)
    if _goes_on(execution, redrives, is_retry=int(event.get("attempt", 0)) > 0):
        stores.executions.resumed(execution.execution_id, redrives)
        return {"execution": execution.execution_id, "step": _resume_after(stores, execution, step)}
    stopped = execution.stop_requested and execution.stopping is None
    reason = "stopped" if stopped else execution.stopping or "model"
    summary = _summary(stores, registry, execution, reason, task_seconds)
    _end(stores, execution.execution_id, step, redrives, reason, summary)
    raise LimitReachedError(f"{reason}: {summary.splitlines()[0]}")


def _goes_on(execution: Execution, redrives: int, *, is_retry: bool) -> bool:
    """Whether this run of the machine began here, because the one before ended here; once, retries apart."""
    if execution.wound_down != redrives - 1:
        return False
    return execution.resumed < redrives or (is_retry and execution.stopping is None)


def _summary(stores: Stores, registry: Registry, execution: Execution, reason: str, task_seconds: float) -> str:
    """From the books; below it the model's own words, if the agent keeps something back for them."""
    history = turns(stores.journal.of_execution(execution.execution_id))
    facts = summarise(execution, history, reason)
    if reason in model_summary.NOT_AFTER:
        return facts
    words = model_summary.write(stores, registry, execution, history, facts, task_seconds=task_seconds)
    if words is None:
        return facts
    spent = stores.executions.get(execution.execution_id)
    return f"{summarise(spent, history, reason)}\nIn the model's own words: {words}"


def _end(stores: Stores, execution_id: str, step: int, redrives: int, reason: str, summary: str) -> None:
    """Writes outcome and summary; a retry finds them written."""
    stopped = reason == "stopped"
    stores.executions.wound_down(execution_id, redrives)
    stores.executions.conclude(
        execution_id,
        outcome="stopped" if stopped else "limit_reached",
        reason=None if stopped else reason,
        summary=summary,
    )
    record = f"{step:06d}#70#{redrives:03d}#wind_down"
    stores.journal.write(execution_id, record, "wind_down", {"reason": reason, "summary": summary}, step=step)


def _resume_after(stores: Stores, execution: Execution, step: int) -> int:
    """The last finished step: Reason goes on from there and re-reads a proposal that is journalled already.

    An answer that a check could not be heard about is not finished: it is concluded again, not asked for again.
    """
    records = list(stores.journal.of_execution(execution.execution_id))
    turn = next((turn for turn in turns(records) if turn.step == step), None)
    unheard = any(
        record.kind == "external_check" and record.step == step and record.body["stage"] == "answer"
        for record in records
    )
    if turn is None or turn.unresolved or (unheard and turn.answer_refused is None):
        return step - 1
    return step
