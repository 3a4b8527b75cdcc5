"""What waits for a person: approve, reject, edit, expire, escalate."""

from tests.workflow.running import APPROVER, LEAD, REQUESTER, World, person
from tests.workflow.script import answer, call, propose


def test_approved_call_runs_exactly_as_shown(world: World) -> None:
    """Approve: the effect happens once, with the arguments that the card showed."""
    run = world.run([propose(call("write_gated", item="a", note="n")), answer()])
    (approval,) = run.asked()
    assert run.script.started == []
    decided = run.decide(approval, "approve")
    assert (decided.status, decided.body["status"]) == (200, "approved")
    run.completed()
    (start,) = run.script.started
    assert {**start.arguments, "hook": run.script.hook} == approval["arguments"]


def test_second_decision_changes_nothing(world: World) -> None:
    """The same word again answers the same; another word after it is refused; a stale fingerprint too."""
    run = world.run([propose(call("write_gated", item="a")), answer()])
    (approval,) = run.asked()
    stale = {**approval, "fingerprint": "sha256:" + "0" * 64}
    assert run.decide(stale, "approve").status == 409
    assert run.decide(approval, "approve").status == 200
    assert run.decide(approval, "approve").status == 200
    assert run.decide(approval, "reject").status == 409
    run.completed()
    assert len(run.script.started) == 1


def test_rejection_with_its_reason_reaches_the_model(world: World) -> None:
    """Reject: nothing runs, the next turn holds the person's reason, and the same call is refused unasked."""
    again = call("write_gated", item="a")
    run = world.run([propose(again), propose(again), answer()])
    (approval,) = run.asked()
    assert run.decide(approval, "reject", reason="the item is not ours").status == 200
    run.completed()
    assert "the item is not ours" in run.script.told(2)
    assert "A person refused write_gated" in run.script.told(3)
    assert run.script.started == []


def test_edited_call_runs_with_the_edited_arguments(world: World) -> None:
    """Edit: the effect has exactly what the person wrote, and nothing of what the model wrote."""
    run = world.run([propose(call("write_gated", item="a", note="from the model")), answer()])
    (approval,) = run.asked()
    edited = {"item": "b", "hook": run.script.hook}
    assert run.decide(approval, "edit", arguments=edited).status == 200
    run.completed()
    (start,) = run.script.started
    assert start.arguments == {"item": "b"}


def test_edit_against_the_schema_is_refused_and_the_gate_stays_open(world: World) -> None:
    """An edit that the tool would not accept names every violation, and the question stands."""
    run = world.run([propose(call("write_gated", item="a")), answer()])
    (approval,) = run.asked()
    refused = run.decide(approval, "edit", arguments={"item": 7})
    assert refused.status == 422
    assert {one["pointer"] for one in refused.body["violations"]} >= {"/arguments/item"}
    run.decide(approval, "approve")
    run.completed()


def test_nobody_without_the_right_decides(world: World) -> None:
    """The requester, a person without the role and a person of another tenant cannot open the gate."""
    run = world.run([propose(call("write_gated", item="a")), answer()])
    (approval,) = run.asked()
    assert run.decide(approval, "approve", who=REQUESTER).status == 403
    assert run.decide(approval, "approve", who=person("paul", "other")).status == 403
    assert run.decide(approval, "approve", who=person("alma", "approver", tenant="south")).status == 404
    assert run.view()["status"] == "RUNNING"
    run.decide(approval, "approve")
    run.completed()


def test_question_that_nobody_answers_expires_and_fails_closed(world: World) -> None:
    """After its time the call does not run, and the model reads why."""
    run = world.run([propose(call("write_gated", item="a")), answer()], agent="impatient")
    (approval,) = run.asked()
    run.completed()
    assert run.script.started == []
    assert "nobody approved write_gated in time" in run.script.told(2)
    assert world.send(APPROVER, "GET", f"/v1/approvals/{approval['approval_id']}").body["status"] == "expired"
    assert run.decide(approval, "approve").status == 409


def test_question_is_escalated_and_the_others_decide(world: World) -> None:
    """After the first half of its time the question opens to the leads, under the same fingerprint."""
    run = world.run([propose(call("write_gated", item="a")), answer()], agent="escalating")
    (approval,) = run.asked()
    assert run.decide(approval, "approve", who=LEAD).status == 403
    run.until(lambda run: run.trace("approval_escalated"), "escalated")
    assert run.decide(approval, "approve", who=LEAD).status == 200
    run.completed()
    assert len(run.script.started) == 1


def test_one_of_two_questions_is_rejected_and_the_other_call_runs(world: World) -> None:
    """Two asks in one turn: the approved call runs, the rejected one does not, the model reads both."""
    run = world.run([propose(call("write_gated", item="a"), call("write_gated", item="b")), answer()])
    first, second = sorted(run.asked(2), key=lambda approval: approval["call_id"])
    run.decide(second, "reject", reason="not this one")
    run.decide(first, "approve")
    run.completed()
    assert [start.arguments["item"] for start in run.script.started] == ["a"]
    assert "not this one" in run.script.told(2)
    assert "done" in run.script.told(2)


def test_reads_of_a_gated_turn_wait_for_the_gate(world: World) -> None:
    """A read proposed beside a gated write runs after the decision, once."""
    run = world.run([propose(call("fetch_item", item="r"), call("write_gated", item="a")), answer()])
    (approval,) = run.asked()
    assert run.script.started == []
    run.decide(approval, "approve")
    run.completed()
    assert [start.tool for start in run.script.started] == ["fetch_item", "write_gated"]
