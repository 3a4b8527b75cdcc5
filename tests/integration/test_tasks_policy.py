"""What changes between two looks at a call: policy, expiry, an edit, a stop. What was judged is what runs."""

from dataclasses import replace
from typing import Any

import pytest
from tollgate.models.call import CallState
from tollgate.tasks import reason, screen_proposal

from tests.integration.task_world import Journey, TaskWorld, registry, retold, tasks

__all__ = ["tasks"]

DONE = '{"status": "done"}'
ITEM = {"item": "parcel-17"}


def under(tasks: TaskWorld, policy: str, **manifest: Any) -> TaskWorld:
    """The same world after a deployment that changed every tool's policy, and what its manifest says."""
    tools = {name: retold(tool, policy, **manifest) for name, tool in tasks.registry.tools.items()}
    return replace(tasks, registry=registry(**tools))


def until(journey: Journey, state: str) -> Journey:
    while journey.at[0] != state:
        journey._step(lambda *_: {"kind": "approve"})
    return journey


def call(journey: Journey, tool: str) -> Any:
    return journey.world.stores.calls.get(tool, journey.execution_id, 1, "c0")


def test_approval_under_another_policy_is_asked_again(tasks: TaskWorld) -> None:
    """A deployment between yes and effect: the yes was to another question."""
    journey = until(tasks.journey([[("write_asked", ITEM)], DONE]), "RunToolCalls")
    assert call(journey, "write_asked").state == CallState.APPROVED
    journey.world, journey.at = under(tasks, "sha256:other"), ("ScreenProposal", {"step": 1})
    journey._step(lambda *_: None)
    assert journey.at[0] == "AwaitApprovals"
    found = call(journey, "write_asked")
    assert (found.state, found.round, found.policy_digest) == (CallState.ASKED, 1, "sha256:other")


def test_edited_call_is_judged_by_its_edited_arguments_under_another_policy(tasks: TaskWorld) -> None:
    """The model's arguments would pass by waiver; those that a person wrote run only as that person's own."""
    journey = until(tasks.journey([[("write_asked", ITEM)], DONE]), "AwaitApprovals")
    journey._step(lambda *_: {"kind": "edit", "arguments": {"item": "parcel-99"}})
    until(journey, "RunToolCalls")
    assert call(journey, "write_asked").arguments == {"item": "parcel-99"}
    journey.world, journey.at = under(tasks, "sha256:other", approval="auto"), ("ScreenProposal", {"step": 1})
    journey._step(lambda *_: None)
    found = call(journey, "write_asked")
    assert (found.state, found.arguments) == (CallState.ASKED, {"item": "parcel-99"})


def test_approval_that_is_not_used_in_time_expires(tasks: TaskWorld) -> None:
    """Approved, then nothing for longer than the question stands: the call is told as not run."""
    journey = until(tasks.journey([[("write_asked", ITEM)], DONE]), "RunToolCalls")
    tasks.clock.at += 120
    journey.at = ("ScreenProposal", {"step": 1})
    journey._step(lambda *_: None)
    assert call(journey, "write_asked").state == CallState.EXPIRED
    assert journey.at[0] == "Reason"


def test_stop_is_heard_by_the_next_task(tasks: TaskWorld) -> None:
    """The flag alone, before the machine is stopped: no model call, no effect, and the end says `stopped`."""
    journey = until(tasks.journey([[("write_auto", ITEM)], DONE]), "ScreenProposal")
    tasks.stores.executions.request_stop(journey.execution_id)
    journey.run()
    assert (journey.execution.outcome, journey.execution.reason) == ("stopped", None)
    assert tasks.effects.starts.get(journey.execution_id) is None
    other = tasks.journey([DONE])
    other._step(lambda *_: None)
    tasks.stores.executions.request_stop(other.execution_id)
    other.run()
    assert other.execution.outcome == "stopped"
    assert other.execution_id not in tasks.model.asked


def test_limit_met_after_a_redrive_ends_the_run_at_once(tasks: TaskWorld) -> None:
    """A run that was stopped and redriven has spent no credit with WindDown: its first limit is its end."""
    journey = tasks.journey([[("write_asked", ITEM)], [("fetch", ITEM)], DONE], agent="clumsy")
    journey.run(lambda *_: None)
    journey.stop()
    journey.redrive()
    tasks.effects.failing.add("fetch")
    try:
        journey.run()
    finally:
        tasks.effects.failing.clear()
    assert (journey.execution.outcome, journey.execution.reason) == ("limit_reached", "tool_failures")
    assert tasks.model.asked[journey.execution_id] == [1, 2]
    assert (journey.execution.wound_down, journey.execution.resumed) == (1, 0)


def test_task_of_a_redrive_opens_the_record_before_settlement_does(tasks: TaskWorld) -> None:
    """The machine may be faster than the event: the task does not read the end of the run before."""
    journey = tasks.journey([[("write_asked", ITEM)], DONE]).run(lambda *_: None)
    journey.stop()
    event = {"execution": journey.execution_id, "step": 1, "redrives": 1}
    answer = screen_proposal.run(tasks.stores, tasks.registry, event)
    assert answer["verdict"] == "ask"
    assert journey.execution.status == "RUNNING"


def test_lost_reservation_of_an_earlier_attempt_is_spent_before_the_next_call(tasks: TaskWorld) -> None:
    """The retry of a dead Reason does not find the dead call's tokens free."""
    journey = tasks.journey([DONE])
    journey._step(lambda *_: None)
    tasks.stores.executions.reservations.hold(journey.execution_id, "r-dead", tokens=1000, microusd=10, step=1)
    event = {"execution": journey.execution_id, "step": 0, "results": [], "redrives": 0, "attempt": 1}
    reason.run(tasks.stores, tasks.registry, event, task_seconds=100.0)
    assert journey.execution.spend.tokens == 1120


@pytest.mark.parametrize("again", [0, 1, 2])
def test_reason_reads_a_journalled_answer_however_often_it_runs(tasks: TaskWorld, again: int) -> None:
    """One paid response per step, over every retry."""
    journey = tasks.journey([DONE])
    journey._step(lambda *_: None)
    event = {"execution": journey.execution_id, "step": 0, "results": [], "redrives": 0}
    answers = [
        reason.run(tasks.stores, tasks.registry, {**event, "attempt": attempt}, task_seconds=100.0)
        for attempt in range(again + 1)
    ]
    assert answers == [{"execution": journey.execution_id, "step": 1}] * (again + 1)
    assert tasks.model.asked[journey.execution_id] == [1]
