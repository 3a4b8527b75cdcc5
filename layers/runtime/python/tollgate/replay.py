"""A replay: a new execution that re-reads the steps before N of another one at no cost, and acts only if it may.

What it re-reads are copies in its own journal, so it stands alone: the first one may be redriven or forgotten.
"""

from tollgate.conversation import turns
from tollgate.errors import InvalidError
from tollgate.models.execution import Execution, Replay
from tollgate.models.record import Record
from tollgate.models.tool import Tool
from tollgate.models.verdict import Reason, Ruling
from tollgate.store.stores import Stores

COPIED = {"model", "result", "answer_refused", "recall"}
"""What a model reads. Screenings and approvals were about calls that ran there, and are not copied."""

RULE = "replay"
RECORD = "000000#01#replay"


def check_step(stores: Stores, source: Execution, from_step: int) -> None:
    """Raises `InvalidError` unless every step before `from_step` is there with all its results."""
    known = {turn.step: turn for turn in turns(stores.journal.of_execution(source.execution_id))}
    last = 0
    while last + 1 in known and not known[last + 1].unresolved:
        last += 1
    if not 1 <= from_step <= last + 1:
        message = f"give a step from 1 to {last + 1}: {source.execution_id} has {last} finished steps"
        raise InvalidError(
            f"it cannot be replayed from step {from_step}", [{"pointer": "/replay/from_step", "message": message}]
        )


def copy_steps(stores: Stores, execution: Execution, replay: Replay) -> int:
    """Copies the steps before `from_step` into the execution's journal, each at a bill of zero; how many records.

    Twice is harmless: the journal keeps the first write of each.
    """
    copied = 0
    for record in stores.journal.of_execution(replay.of):
        if record.kind in COPIED and record.step < replay.from_step:
            body = _copy_of(record, replay) | _own_artifact(stores, execution, record)
            stores.journal.write(execution.execution_id, record.record, record.kind, body, step=record.step)
            copied += 1
    body = {"of": replay.of, "from_step": replay.from_step, "live": replay.live, "records": copied}
    stores.journal.write(execution.execution_id, RECORD, "replay", body, step=0)
    return copied


def ruled(execution: Execution, tool: Tool | None, ruling: Ruling) -> Ruling:
    """An effect of a replay is refused; of a live one, screening asked, and the card says why."""
    if execution.replay is None or tool is None or not tool.is_effect or ruling.verdict == "refuse":
        return ruling
    if not execution.replay.live:
        message = f"{tool.name} is disabled in replay: it was not run"
        reason = Reason(rule=RULE, message=message)
        return Ruling(verdict="refuse", reasons=[reason], message_to_model=f"{message}. Go on without it.")
    reason = Reason(rule=RULE, message="this is a replay: the first run may have had this effect already")
    return ruling.model_copy(update={"reasons": [*ruling.reasons, reason]}) if ruling.verdict == "ask" else ruling


def _copy_of(record: Record, replay: Replay) -> dict[str, object]:
    body: dict[str, object] = record.body | {"replayed_from": replay.of}
    if record.kind == "model":
        body["bill"] = {"tokens": 0, "microusd": 0}
    return body


def _own_artifact(stores: Stores, execution: Execution, record: Record) -> dict[str, object]:
    """A copy of the whole of a result that was shown cut: `read_artifact` reads nothing of another execution."""
    if not record.body.get("artifact"):
        return {}
    call = f"{record.step}-{record.body['call_id']}"
    key = f"results/{record.body['by']}/{execution.execution_id}/{call}.json"
    return {"artifact": stores.artifacts.pack(key, {"value": record.body["value"]}, inline_bytes=0)["object"]}
