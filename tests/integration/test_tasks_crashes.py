"""A task that is cut off before any of its writes and run again leaves what it would have left undisturbed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.task_world import Journey, TaskWorld, Turn, tasks

__all__ = ["tasks"]

SPREAD = 7
"""Runs of a scenario; the n-th one loses its process before the n-th write of every seven."""

ITEM = {"item": "parcel-17"}
DONE = '{"status": "done"}'
Scenario = Callable[[TaskWorld, Journey], Journey]


def gated_and_mended(world: TaskWorld, journey: Journey) -> Journey:
    """Reads beside a waived write, an unknown tool, a gated write that is approved, a bad answer and a good one."""
    return journey.run()


def edited(world: TaskWorld, journey: Journey) -> Journey:
    """A person changes the arguments."""
    return journey.run(lambda *_: {"kind": "edit", "arguments": {"item": "parcel-18"}})


def rejected(world: TaskWorld, journey: Journey) -> Journey:
    """A person refuses."""
    return journey.run(lambda *_: {"kind": "reject", "reason": "not ours"})


def expired(world: TaskWorld, journey: Journey) -> Journey:
    """Nobody decides."""
    return journey.run(lambda *_: {"kind": "nobody"})


def raised_and_redriven(world: TaskWorld, journey: Journey) -> Journey:
    """The token limit ends the run; a higher one and a redrive let it go on."""
    journey.run()
    assert journey.execution.outcome == "limit_reached", journey.execution
    journey.allow(150_000)
    journey.redrive()
    return journey.run()


def stopped_and_redriven(world: TaskWorld, journey: Journey) -> Journey:
    """Stopped at the gate, redriven, asked anew, approved."""
    journey.run(lambda *_: None)
    journey.stop()
    assert journey.execution.outcome == "stopped"
    assert journey.execution.status == "ABORTED"
    journey.redrive()
    return journey.run()


GATED: list[Turn] = [[("write_asked", ITEM)], DONE]
SCENARIOS: list[tuple[Scenario, str, list[Turn]]] = [
    (
        gated_and_mended,
        "worker",
        [[("fetch", ITEM), ("write_auto", ITEM), ("fetsch", ITEM)], [("write_asked", ITEM)], "no JSON", DONE],
    ),
    (edited, "worker", GATED),
    (rejected, "worker", GATED),
    (expired, "worker", GATED),
    # The question comes after the limit also where a lost response was paid in full: a redrive forgets what was asked.
    (raised_and_redriven, "few_tokens", [[("fetch", ITEM)], [("write_auto", ITEM)], [("write_asked", ITEM)], DONE]),
    (stopped_and_redriven, "worker", GATED),
]


@pytest.mark.parametrize(("scenario", "agent", "turns"), SCENARIOS, ids=[one[0].__name__ for one in SCENARIOS])
def test_crash_before_any_write_changes_nothing(
    tasks: TaskWorld, scenario: Scenario, agent: str, turns: list[Turn]
) -> None:
    """For every write: the same end, records, ledger and counters; one bill a response; one key an effect."""
    calm = scenario(tasks, tasks.journey(turns, agent=agent))
    assert (calm.status, calm.execution.outcome) == ("SUCCEEDED", "completed"), calm.execution
    expected, writes = _left(tasks, calm), list(dict.fromkeys(tasks.kill.seen))
    killed: set[str] = set()
    for first in range(SPREAD):
        journey = scenario(tasks, tasks.journey(turns, agent=agent, doomed=writes[first::SPREAD]))
        assert _left(tasks, journey) == expected, tasks.kill.killed
        _check_bills(tasks, journey)
        killed.update(tasks.kill.killed)
    assert killed == set(writes)


def _left(world: TaskWorld, journey: Journey) -> dict[str, Any]:
    """All that a run leaves behind, without what is random or counts screenings."""
    execution, identity = journey.execution, journey.execution_id
    records = list(world.stores.journal.of_execution(identity))
    approvals = world.stores.approvals.of_execution(identity)
    return {
        "end": (execution.status, execution.outcome, execution.reason, execution.output, execution.stopping),
        "counters": (execution.step, execution.approvals_asked, execution.tool_failures, execution.redrives),
        "open": (execution.spend.reserved_tokens, execution.active_since),
        "models": [record.record for record in records if record.kind == "model"],
        "results": [(one.record, one.body["ok"], one.body["text"]) for one in records if one.kind == "result"],
        "calls": _calls(world, journey),
        "approvals": sorted((one.step, one.call_id, one.status, len(one.decisions)) for one in approvals),
        "effects": sorted({(name, str(arguments)) for name, _, arguments in world.effects.starts.get(identity, [])}),
        "conversation": world.model.requests[identity][-1].messages,
    }


def _calls(world: TaskWorld, journey: Journey) -> list[tuple[Any, ...]]:
    """The ledger's items of the execution."""
    found = []
    for number, turn in enumerate(world.model.turns[journey.execution_id], 1):
        for index, (tool, _) in enumerate(turn if isinstance(turn, list) else []):
            call = world.stores.calls.get(tool, journey.execution_id, number, f"c{index}")
            if call:
                found.append((number, call.call_id, tool, str(call.state), call.arguments, call.edited_by))
    return found


def _check_bills(world: TaskWorld, journey: Journey) -> None:
    """A response that was journalled is never asked for again; one that was lost is paid at its reservation."""
    asked = world.model.asked[journey.execution_id]
    steps = len(set(asked))
    lost = sum("#10#model" in write for write in world.kill.killed)
    assert len(asked) == steps + lost, asked
    spent = journey.execution.spend.tokens
    assert spent > 120 * steps if lost else spent == 120 * steps
    keys: dict[str, set[str]] = {}
    for name, key, arguments in world.effects.starts.get(journey.execution_id, []):
        keys.setdefault(f"{name} {arguments}", set()).add(key)
    assert all(len(found) == 1 for found in keys.values()), keys
