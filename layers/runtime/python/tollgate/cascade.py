"""Failure that leads to failure: one tool after the other, or one call in ever new forms. Pure, like `repetition`."""

import json
from collections.abc import Collection, Sequence

from tollgate.conversation import Turn
from tollgate.repetition import call_key

TURNS = 5
"""Turns in a row without a single success that end an execution, if the model tried at least `DIFFERENT` things."""

DIFFERENT = 3
ARGUMENT_CHARACTERS = 80

_BY_PEOPLE = frozenset({"rejected_by_person", "approval_expired", "deny_cache", "approval_cap"})
"""A person's no is an answer, not a failure."""


def chain(history: Sequence[Turn], step: int, resumed: Collection[int] = ()) -> list[str]:
    """The failed calls in a row before `step`, each in a line; empty where they do not make a cascade."""
    failed: list[Turn] = []
    for turn in history:
        if turn.step in resumed:
            failed.clear()
        if turn.step < step and turn.results:
            failed = [*failed, turn] if _all_failed(turn) else []
    if step in resumed or len(failed) < TURNS or len(_tried(failed)) < DIFFERENT:
        return []
    return [line for turn in failed for line in _lines(turn)]


def _all_failed(turn: Turn) -> bool:
    return not any(result["ok"] or result["error"] in _BY_PEOPLE for result in turn.results.values())


def _tried(turns: list[Turn]) -> set[str]:
    return {call_key(use.name, use.arguments) for turn in turns for use in turn.response.tool_uses}


def _lines(turn: Turn) -> list[str]:
    return [
        f"step {turn.step} {use.name} {json.dumps(use.arguments, ensure_ascii=False)[:ARGUMENT_CHARACTERS]} "
        f"({turn.results[call_id]['error'] or 'failed'})"
        for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True)
        if call_id in turn.results
    ]
