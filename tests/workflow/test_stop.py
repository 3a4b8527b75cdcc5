"""`stop` ends an execution within seconds wherever it is, and the books are closed; a redrive continues."""

import threading

from tests.workflow.running import APPROVER, Run, World
from tests.workflow.script import Order, answer, call, propose

SECONDS = 5.0


def stopped(run: Run) -> None:
    """The common end: status, outcome, summary, nothing reserved, nothing open, within seconds."""
    assert run.act("stop").status in (200, 202)
    view = run.ended(SECONDS)
    assert (view["status"], view["outcome"]) == ("ABORTED", "stopped"), view
    assert "stopped by a person" in view["summary"]
    assert (view["spend"]["reserved_tokens"], view["pending_approvals"]) == (0, [])


def test_stop_at_a_gate_revokes_the_question(world: World) -> None:
    """The approval is revoked, can no longer be decided, and a redrive asks anew."""
    run = world.run([propose(call("write_gated")), answer()])
    (approval,) = run.asked()
    stopped(run)
    assert world.send(APPROVER, "GET", f"/v1/approvals/{approval['approval_id']}").body["status"] == "revoked"
    assert run.decide(approval, "approve").status == 409
    assert run.act("redrive").status == 202
    (again,) = run.asked()
    assert again["approval_id"] != approval["approval_id"]
    run.decide(again, "approve")
    run.completed()
    assert len(run.script.started) == 1
    assert run.script.per_step == {1: 1, 2: 1}


def test_stop_in_a_tool_lets_the_effect_finish_and_keeps_it(world: World) -> None:
    """The running effect ends by itself and is journalled; after a redrive it is not repeated."""
    hold = threading.Event()
    run = world.run([propose(call("write_keyed")), answer()], write_keyed=[Order(value="finished", hold=hold)])
    run.until(lambda run: run.script.started, "the tool works")
    stopped(run)
    hold.set()
    run.until(lambda run: run.call("write_keyed", 1)["state"] == "DONE", "the effect is in the ledger")
    run.until(lambda run: run.trace("result"), "the effect is in the journal")
    assert run.act("redrive").status == 202
    run.completed()
    assert len(run.script.started) == 1
    assert "finished" in run.script.told(2)


def test_stop_in_a_model_call_gives_the_reservation_back_as_spend(world: World) -> None:
    """The call under way is paid at its reservation; after a redrive the step is asked at most once more."""
    hold = threading.Event()
    run = world.run([answer(hold=hold)])
    run.until(lambda run: run.script.requests, "the model is asked")
    assert run.view()["spend"]["reserved_tokens"] > 0
    stopped(run)
    assert run.view()["spend"]["tokens"] > 0
    hold.set()
    assert run.act("redrive").status == 202
    run.completed()
    assert run.script.per_step[1] <= 2


def test_stop_twice_is_harmless_and_a_finished_run_cannot_be_stopped(world: World) -> None:
    """The second stop answers like the first; a completed execution answers 409 to stop and to redrive."""
    run = world.run([propose(call("write_gated")), answer()])
    run.asked()
    stopped(run)
    stopped(run)
    other = world.run([answer()])
    other.completed()
    assert (other.act("stop").status, other.act("redrive").status) == (409, 409)
