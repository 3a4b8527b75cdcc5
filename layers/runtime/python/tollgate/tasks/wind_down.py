"""WindDown: a limit ends the execution with a summary, and a redrive with room to go on continues exactly there."""

from typing import Any

from tollgate.conversation import turns
from tollgate.errors import LimitReachedError
from tollgate.models.execution import Execution, LimitReason
from tollgate.store.stores import Stores
from tollgate.summary import summarise


def run(stores: Stores, event: dict[str, Any]) -> dict[str, Any]:
    """Raises `LimitReachedError`; after a redrive returns `{execution, step}`, and Reason finds out if the limit holds."""
    execution, step = stores.executions.get(event["execution"]), int(event["step"])
    redrives = int(event["redrives"])
    if redrives > execution.redrives:
        stores.executions.reopen(execution.execution_id, redrives=redrives, forget_counters=True)
        return {"execution": execution.execution_id, "step": _resume_after(stores, execution, step)}
    raise LimitReachedError(_end(stores, execution, step))


def _end(stores: Stores, execution: Execution, step: int) -> str:
    """Writes outcome and summary; a retry finds them written."""
    reason: LimitReason = execution.stopping or "model"
    summary = summarise(execution, turns(stores.journal.of_execution(execution.execution_id)), reason)
    stores.executions.conclude(execution.execution_id, outcome="limit_reached", reason=reason, summary=summary)
    record = f"{step:06d}#70#{execution.redrives:03d}#wind_down"
    stores.journal.write(execution.execution_id, record, "wind_down", {"reason": reason, "summary": summary}, step=step)
    return f"{reason}: {summary.splitlines()[0]}"


def _resume_after(stores: Stores, execution: Execution, step: int) -> int:
    """The last finished step: Reason goes on from there and re-reads a proposal that is journalled already."""
    history = {turn.step: turn for turn in turns(stores.journal.of_execution(execution.execution_id))}
    turn = history.get(step)
    return step if turn is not None and not turn.unresolved else step - 1
