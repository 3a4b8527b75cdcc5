"""How often an execution was tried again, over all layers, and how often it may be. Pure: journal records in.

A call's attempts count every start, by the wrapper and by the state machine; a model call's those of the state machine.
"""

from collections.abc import Collection, Iterable

from tollgate.models.record import Record

RETRIES = 60
"""Second and later attempts of one execution. One step can pass it by its own; no further step starts."""


def is_spent(records: Iterable[Record], step: int, resumed: Collection[int] = ()) -> bool:
    """Whether the steps before this one used the budget up. A person who redrives gives a new one."""
    first = max((number for number in resumed if number <= step), default=0)
    return sum(_retries(record) for record in records if first <= record.step < step) >= RETRIES


def _retries(record: Record) -> int:
    if record.kind == "result":
        return max(0, int(record.body["attempts"]) - 1)
    return int(record.body.get("attempt", 0)) if record.kind == "model" else 0
