"""A tool's rate through the tasks: what is cleared has its place first and keeps it; what is not takes none."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tollgate.definitions.registry import Registry
from tollgate.errors import ConflictError
from tollgate.models.call import CallState
from tollgate.models.call_limits import CallLimits, Rate
from tollgate.store.call_rates import CallRates, Places
from tollgate.tasks import screen_proposal

from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]

DONE = '{"status": "done"}'
WRITE = [("write_auto", {"item": "parcel-17"})]


def limited(world: TaskWorld, tool: str, **rate: int) -> TaskWorld:
    """The same world, with a rate for the tool in every agent."""
    agents = {}
    for name, entry in world.registry.agents.items():
        limits = {tool: CallLimits(rate=Rate(**rate))}
        definition = entry.definition.model_copy(update={"name": uuid.uuid4().hex[:8], "call_limits": limits})
        agents[name] = entry.model_copy(update={"definition": definition})
    return replace(world, registry=Registry.model_validate({**world.registry.model_dump(), "agents": agents}))


@pytest.fixture
def twice(tasks: TaskWorld) -> TaskWorld:
    """`write_auto` may be called twice in a minute."""
    return limited(tasks, "write_auto", calls=2, per_seconds=60)


def starts(journey: Journey) -> int:
    return len(journey.world.effects.starts.get(journey.execution_id, []))


def told(journey: Journey) -> set[str]:
    records = journey.world.stores.journal.of_execution(journey.execution_id)
    return {record.body["error"] for record in records if record.kind == "result"} - {None}


def test_the_rate_holds_over_executions(twice: TaskWorld) -> None:
    """Two run, the third reads why it did not, and finishes; a minute later there are places again."""
    journeys = [twice.journey([WRITE, DONE]).run() for _ in range(3)]
    assert [starts(journey) for journey in journeys] == [1, 1, 0]
    assert told(journeys[2]) == {"call_rate"}
    assert journeys[2].execution.outcome == "completed"
    twice.clock.at += 60
    assert starts(twice.journey([WRITE, DONE]).run()) == 1


def test_the_rate_holds_within_a_turn(twice: TaskWorld) -> None:
    """Three calls proposed at once are three calls."""
    journey = twice.journey([[("write_auto", {"item": f"parcel-{n}"}) for n in (17, 17, 17)], DONE]).run()
    assert starts(journey) == 2
    assert told(journey) == {"call_rate"}


def test_a_call_that_other_rules_stop_takes_no_place(twice: TaskWorld) -> None:
    """What is refused or waits at a gate has not been called."""
    wrong = [("write_auto", {"itm": "parcel-17"})]
    steered = [("write_auto", {"item": "parcel-99"})]
    twice.journey([wrong, wrong, DONE]).run()
    twice.journey([steered, DONE]).run(lambda *_: {"kind": "reject", "reason": "no"})
    journeys = [twice.journey([WRITE, DONE]).run() for _ in range(3)]
    assert [starts(journey) for journey in journeys] == [1, 1, 0]


def test_a_screening_that_is_repeated_counts_its_call_once(twice: TaskWorld) -> None:
    """A retry of the task, as after a crash behind the count and before the ledger."""
    journey = twice.journey([WRITE, DONE], doomed=["PutItem 000001#c0"])
    while journey.at[0] != "RunToolCalls":
        journey._step(lambda *_: None)
    assert twice.kill.killed == ["PutItem 000001#c0"]
    for _ in range(3):
        screen_proposal.run(twice.stores, twice.registry, {"execution": journey.execution_id, "step": 1})
    journey.run()
    assert [starts(twice.journey([WRITE, DONE]).run()) for _ in range(2)] == [1, 0]


def test_a_cleared_call_keeps_its_place_for_ever(twice: TaskWorld) -> None:
    """Asked for again later, when others have all the places: it was let through, and it is not stopped half-way."""
    journey = twice.journey([WRITE, DONE])
    while journey.at[0] != "RunToolCalls":
        journey._step(lambda *_: None)
    twice.clock.at += 120
    assert [starts(twice.journey([WRITE, DONE]).run()) for _ in range(2)] == [1, 1]
    journey.at = ("ScreenProposal", {"step": 1})
    assert starts(journey.run()) == 1


def test_an_approval_does_not_make_a_place(tasks: TaskWorld) -> None:
    """The last place is taken while a person thinks; the yes comes too late, and the model is told."""
    world = limited(tasks, "write_asked", calls=1, per_seconds=60)
    waiting, quick = (world.journey([[("write_asked", {"item": "parcel-17"})], DONE]) for _ in range(2))
    waiting.run(lambda *_: None)
    assert starts(quick.run()) == 1
    assert starts(waiting.run()) == 0
    assert told(waiting) == {"call_rate"}


@pytest.mark.parametrize("verb", ["places", "take"])
def test_a_count_that_fails_refuses(twice: TaskWorld, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttled, denied or lost in races, before the rules or after them: nothing runs, and the task goes on."""
    for error in (ClientError({"Error": {"Code": "Throttling"}}, "UpdateItem"), ConflictError("lost")):

        def fail(*_: Any, error: Exception = error) -> Places:
            raise error

        monkeypatch.setattr(CallRates, verb, fail)
        journey = twice.journey([WRITE, DONE]).run()
        assert (starts(journey), told(journey)) == (0, {"call_rate"})
        ledger = twice.stores.calls.get("write_auto", journey.execution_id, 1, "c0")
        assert ledger is None or ledger.state not in (CallState.CLEARED, CallState.STARTED, CallState.DONE)
