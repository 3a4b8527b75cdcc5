"""Whoever ended an execution, and however: its record says so, and nothing of it is left open."""

from typing import Any, Literal

import pytest
from botocore.exceptions import ClientError
from tollgate import settlement
from tollgate.errors import ConflictError
from tollgate.models.call import CallResult

from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]

GATED: Any = [[("write_asked", {"item": "parcel-17"})], '{"status": "done"}']
Ended = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


def at_gate(tasks: TaskWorld) -> Journey:
    """An execution that waits for a person."""
    return tasks.journey(GATED).run(lambda *_: None)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [("FAILED", "failed", None), ("TIMED_OUT", "limit_reached", "deadline"), ("ABORTED", "stopped", None)],
)
def test_end_that_no_task_saw_is_recorded_and_leaves_nothing_open(
    tasks: TaskWorld, status: Ended, outcome: str, reason: str | None
) -> None:
    """StopExecution and a machine's timeout run no task: settlement writes outcome, summary, and closes the gate."""
    journey = at_gate(tasks)
    tasks.stores.executions.reservations.hold(journey.execution_id, "r1", tokens=100, microusd=10, step=2)
    journey.status = status
    assert settlement.settle(tasks.stores, journey.execution_id)
    found = journey.execution
    assert (found.status, found.outcome, found.reason) == (status, outcome, reason)
    assert found.summary is not None
    assert "write_asked" in found.summary
    assert (found.spend.reserved_tokens, found.active_since) == (0, None)
    (approval,) = tasks.stores.approvals.of_execution(journey.execution_id)
    assert approval.status == "revoked"
    assert tasks.stores.gates.token(approval.approval_id) is None


def test_failure_after_a_stop_was_asked_for_is_a_stop(tasks: TaskWorld) -> None:
    """The flag may reach a task before StopExecution reaches the machine; who reads the end sees what a person did."""
    journey = at_gate(tasks)
    tasks.stores.executions.request_stop(journey.execution_id)
    journey.status = "FAILED"
    settlement.settle(tasks.stores, journey.execution_id)
    assert (journey.execution.status, journey.execution.outcome) == ("FAILED", "stopped")


def test_settling_twice_changes_nothing(tasks: TaskWorld) -> None:
    """The event comes twice, the sweep comes after it: the first record stays."""
    journey = at_gate(tasks)
    journey.stop()
    first = journey.execution
    tasks.clock.at += 1000
    settlement.settle(tasks.stores, journey.execution_id)
    assert journey.execution == first


def test_running_execution_is_left_alone(tasks: TaskWorld) -> None:
    """An event that comes late, after a redrive, opens nothing twice and closes nothing."""
    journey = at_gate(tasks)
    before = journey.execution
    assert not settlement.settle(tasks.stores, journey.execution_id)
    assert journey.execution.status == before.status == "RUNNING"
    assert tasks.stores.approvals.of_execution(journey.execution_id)[0].status == "pending"


def test_execution_that_never_began_fails_after_its_grace(tasks: TaskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record without a machine may still be started by a repeated request; later it never will."""
    journey = tasks.journey(GATED)
    monkeypatch.setattr(settlement, "_step_functions", lambda: _Unknown())
    assert not settlement.settle(tasks.stores, journey.execution_id)
    tasks.clock.at += settlement.START_SECONDS + 1
    assert settlement.settle(tasks.stores, journey.execution_id)
    assert (journey.execution.status, journey.execution.outcome) == ("FAILED", "failed")


def test_effect_that_still_runs_is_waited_for_and_then_journalled(tasks: TaskWorld) -> None:
    """Stop lets a running effect finish: the event comes again until its result is in the journal."""
    turns: Any = [[("write_auto", {"item": "parcel-17"})], "unused"]
    journey = tasks.journey(turns)
    while journey.at[0] != "RunToolCalls":
        journey._step(lambda *_: None)
    call = tasks.stores.calls.get("write_auto", journey.execution_id, 1, "c0")
    assert call is not None
    entry = tasks.registry.tools["write_auto"]
    held = tasks.stores.calls.start(
        call,
        attempt_id="a",
        now=tasks.clock.now(),
        lease_until=tasks.clock.now() + 60,
        manifest_digest=entry.digest,
        policy_digest=entry.policy_digest,
    )
    journey.status = "ABORTED"
    with pytest.raises(ConflictError, match="write_auto still runs"):
        settlement.settle(tasks.stores, journey.execution_id)
    assert journey.execution.status == "ABORTED"
    tasks.stores.calls.finish(held, "a", CallResult(ok=True, value=1, text="kept"))
    assert settlement.settle(tasks.stores, journey.execution_id)
    (result,) = [one for one in tasks.stores.journal.of_step(journey.execution_id, 1) if one.kind == "result"]
    assert result.body["text"] == "kept"


def test_decision_that_came_before_the_stop_stays_and_runs_after_a_redrive(tasks: TaskWorld) -> None:
    """The person's word is not lost because somebody else stopped the run a moment later."""
    journey = at_gate(tasks)
    (approval,) = tasks.stores.approvals.of_execution(journey.execution_id)
    journey._decided(approval.approval_id, approval.fingerprint, {"kind": "approve"})
    journey.stop()
    journey.redrive()
    journey.run(lambda *_: pytest.fail("nobody needs to be asked again"))
    assert journey.execution.outcome == "completed"
    assert len(tasks.effects.starts[journey.execution_id]) == 1


def test_sweep_settles_every_execution_that_ended_unseen(tasks: TaskWorld) -> None:
    """The scheduled event names none, and finds all that are over."""
    lost, alive = at_gate(tasks), at_gate(tasks)
    lost.status = "FAILED"
    settlement.run(tasks.stores, {"detail-type": "Scheduled Event", "detail": {}})
    assert (lost.execution.status, alive.execution.status) == ("FAILED", "RUNNING")


class _Unknown:
    """Step Functions that never heard of the execution."""

    def describe_execution(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
