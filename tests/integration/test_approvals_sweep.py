"""What the gate does every minute: reminders, the end of a question's time, and decisions that a crash cut off."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from tollgate.approvals import wake
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.follow_up import follow_up
from tollgate.models.approval import Approval
from tollgate.models.call import CallState
from tollgate.slack.client import SlackError
from tollgate.store.approval_item import OVERDUE_SECONDS
from tollgate.store.approvals import SETTLE_SECONDS
from tollgate.tasks import escalate_approval

from local.slack_standin.outage import Outage
from local.slack_standin.workspace import Message
from tests.integration.gate_machine import gate_machine, wait_at_gate
from tests.integration.gate_world import ADA, ARGUMENTS, BEN, Stage, person, stage
from tests.integration.moto_probe import probe

__all__ = ["gate_machine", "probe", "stage"]

DAY = 86_400.0


@pytest.fixture(autouse=True)
def nothing_else_is_due(stage: Stage) -> None:
    """What earlier tests left is nobody's business any more."""
    table = stage.probe.client("dynamodb")
    for item in table.scan(TableName="gate-approvals", IndexName="by_due")["Items"]:
        key = {"approval_id": item["approval_id"]}
        table.update_item(TableName="gate-approvals", Key=key, UpdateExpression="REMOVE due, due_at")


class Died(BaseException):
    """The process is gone: no `except Exception` runs either."""


def say(stage: Stage, approval: Approval, who: Any = ADA) -> Approval:
    """A yes through the API's door."""
    stores, word = stage.world.stores, Word("approve", approval.fingerprint)
    return follow_up(stores, decide(stores, person(who), approval.approval_id, word, via="api").approval)


def messages_about(stage: Stage, approval: Approval) -> list[Message]:
    """The channel's messages from the approval's first card on."""
    found = stage.standin.messages()
    first = next(number for number, message in enumerate(found) if approval.approval_id in json.dumps(message.blocks))
    return found[first:]


def card_of(stage: Stage, approval: Approval) -> Message:
    """The approval's card as it stands."""
    place = stage.world.stores.approvals.card(approval.approval_id)
    return next(message for message in stage.standin.messages() if (message.channel, message.ts) == place)


def is_due(stage: Stage, approval: Approval) -> bool:
    """Whether anything is left to be done, ever."""
    with stage.world.later(100 * DAY):
        due = stage.world.stores.due.now(limit=1000)
    return approval.approval_id in [entry.approval.approval_id for entry in due]


@pytest.mark.parametrize("died_at", ["journal", "wake", "delivered"])
def test_a_decision_whose_process_died_reaches_the_machine(
    stage: Stage, gate_machine: str, monkeypatch: pytest.MonkeyPatch, died_at: str
) -> None:
    """After the transaction, before the machine was told, before that was noted: the sweep does the rest."""
    world = stage.world
    arn, approval = wait_at_gate(stage, gate_machine, world.asked())

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        match died_at:
            case "journal":
                patch.setattr("tollgate.approvals.follow_up._journal_decision", die)
            case "wake":
                patch.setattr("tollgate.approvals.follow_up.wake", die)
            case _:
                patch.setattr(world.stores.approvals, "delivered", die)
        with pytest.raises(Died):
            say(stage, approval)
    assert world.call(approval).state == CallState.APPROVED
    assert [kind for kind, *_ in world.audit(approval)] == ["requested", "decided"]
    assert world.sweep() == {"done": 0, "failed": 0}, "whoever decides is given time to finish"
    with world.later(SETTLE_SECONDS + 1):
        assert world.sweep() == {"done": 1, "failed": 0}
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert [body["by"] for body in world.records(approval, "approval_decided")] == ["ada"]
    assert "Approved by ada" in json.dumps(card_of(stage, approval).blocks)
    assert not is_due(stage, approval)


def test_a_machine_that_cannot_be_told_is_told_again_ever_less_often(
    stage: Stage, gate_machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step Functions is away for some sweeps; each waits twice as long, and the last one tells it."""
    world = stage.world
    arn, approval = wait_at_gate(stage, gate_machine, world.asked(seconds=7200), seconds=7200)
    tried: list[float] = []

    def away(**_: Any) -> None:
        tried.append(round(world.clock.shift))
        raise EndpointConnectionError(endpoint_url="https://states")

    with monkeypatch.context() as patch:
        patch.setattr(wake._client(), "send_task_success", away)
        assert say(stage, approval).delivery == "pending"
        for minute in range(1, 9):
            with world.later(SETTLE_SECONDS + 60 * minute):
                world.sweep()
    assert tried == [0, *(SETTLE_SECONDS + 60 * minute for minute in (1, 2, 4, 8))]
    with world.later(7200):
        world.sweep()
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert world.stores.approvals.get(approval.approval_id).delivery == "delivered"
    assert not is_due(stage, approval)


def test_a_decision_that_slack_did_not_show_is_shown_later(stage: Stage) -> None:
    """The card keeps its buttons while Slack is away, and loses them when it is back."""
    world = stage.world
    approval = world.request(world.asked())
    stage.standin.outages.plan("chat.update", *[Outage(500)] * 3)
    decided = say(stage, approval)
    with world.later(SETTLE_SECONDS + 1):
        assert world.sweep() == {"done": 1, "failed": 0}
    assert decided.delivery == "nobody_waits"
    assert is_due(stage, approval)
    with world.later(SETTLE_SECONDS + 120):
        world.sweep()
    assert "Approved by ada" in json.dumps(card_of(stage, approval).blocks)
    assert not is_due(stage, approval)


def test_a_card_that_slack_never_takes_is_given_up(stage: Stage) -> None:
    """A deleted message is not asked for until the end of days; the decision stands all the same."""
    world = stage.world
    approval = world.request(world.asked())
    world.stores.approvals.posted(approval.approval_id, "C0GONE", "1.000001")
    say(stage, approval)
    sweeps = 0
    for hour in range(1, 20):
        with world.later(3700.0 * hour):
            sweeps += world.sweep()["done"]
    assert sweeps == 10
    assert not is_due(stage, approval)


def test_a_card_that_could_not_be_posted_is_posted_later(stage: Stage) -> None:
    """Slack is away when the question comes: the trace says so, and a minute later the card is there."""
    world, before = stage.world, len(stage.standin.messages())
    stage.standin.outages.plan("chat.postMessage", *[Outage(500)] * 3)
    approval = world.request(world.asked())
    assert len(stage.standin.messages()) == before
    assert ["HTTP 500" in body.get("error", "") for body in world.records(approval, "approval_requested")] == [
        False,
        True,
    ]
    with world.later(61):
        world.sweep()
    assert "Post 1250.5 EUR to V-100" in card_of(stage, approval).text
    assert is_due(stage, approval)


def test_an_ended_execution_withdraws_its_card(stage: Stage) -> None:
    """Who closes a question need not know of Slack: the sweep replaces the card."""
    world = stage.world
    approval = world.request(world.asked())
    world.stores.approvals.close(approval.approval_id, "revoked")
    with world.later(SETTLE_SECONDS + 1):
        world.sweep()
    shown = card_of(stage, approval)
    assert "Withdrawn" in shown.text
    assert not [block for block in shown.blocks if block["type"] == "actions"]
    assert not is_due(stage, approval)


def test_a_question_that_no_machine_closed_expires_at_its_own_time(stage: Stage, gate_machine: str) -> None:
    """A machine that was redriven waits anew; the question does not: it ends when it would have, and wakes it."""
    world = stage.world
    arn, approval = wait_at_gate(stage, gate_machine, world.asked(seconds=600), seconds=6000)
    with world.later(500 + OVERDUE_SECONDS):
        world.sweep()
        assert world.call(approval).state == CallState.ASKED
    with world.later(601 + OVERDUE_SECONDS):
        assert world.sweep() == {"done": 1, "failed": 0}
    assert world.call(approval).state == CallState.EXPIRED
    assert stage.probe.ended(arn)["status"] == "SUCCEEDED"
    assert world.audit(approval)[-1] == ("expired", None, "expired")
    assert [body["approval_id"] for body in world.records(approval, "approval_expired")] == [approval.approval_id]
    assert "Expired" in card_of(stage, approval).text
    assert not is_due(stage, approval)


def test_reminders_come_at_their_times_to_those_who_may_decide(stage: Stage) -> None:
    """Below the card, once each, to who has not decided yet; nobody else is called, the requester least of all."""
    world = stage.world
    execution = world.execution("reminding_payer")
    approval = world.request(world.asked(execution=execution, seconds=7200, arguments=ARGUMENTS | {"amount": 50_000}))
    say(stage, approval)  # one of two
    with world.later(1700):
        world.sweep()
        assert len(messages_about(stage, approval)) == 1
    with world.later(1801):
        world.sweep()
        world.sweep()
    with world.later(3601):
        world.sweep()
    card, first, second = messages_about(stage, approval)
    assert first.thread == second.thread == card.ts
    shown = json.dumps(first.blocks)
    assert "Still waiting for a decision: Post 50000 EUR to V-100" in shown
    assert "1 of 2 must still agree" in shown
    assert "<@U0BEN>" in shown
    assert not [user for user in ("U0ADA", "U0ROB", "U0EVE", "U0SUE") if user in shown]
    assert [body["error"] for body in world.records(approval, "approval_reminded")] == [None, None]
    assert say(stage, approval, BEN).status == "approved"


def test_a_reminder_that_slack_refuses_is_tried_again_and_comes_once(stage: Stage) -> None:
    """The trace has one line per reminder, however often Slack had to be asked."""
    world = stage.world
    approval = world.request(world.asked(execution=world.execution("reminding_payer"), seconds=7200))
    stage.standin.outages.plan("chat.postMessage", *[Outage(500)] * 3)
    with world.later(1801):
        assert world.sweep() == {"done": 0, "failed": 1}
    with world.later(1870):
        assert world.sweep() == {"done": 1, "failed": 0}
    assert len(messages_about(stage, approval)) == 2
    assert len(world.records(approval, "approval_reminded")) == 1


def test_thirty_days_are_waited_out(stage: Stage) -> None:
    """On the thirtieth day a yes counts; a question of thirty days outlives none of its own parts."""
    world = stage.world
    approval = world.request(world.asked(seconds=30 * DAY))
    item = stage.probe.client("dynamodb").get_item(
        TableName="gate-gates", Key={"approval_id": {"S": approval.approval_id}}
    )["Item"]
    assert float(item["expires_at"]["N"]) > approval.expires_at + 14 * DAY
    with world.later(30 * DAY - 120):
        world.sweep()
        assert say(stage, approval).status == "approved"


def test_two_sweeps_at_once_share_the_work(stage: Stage) -> None:
    """Whoever claims an approval first does it; the other finds nothing to do."""
    world = stage.world
    approval = world.request(world.asked(execution=world.execution("reminding_payer"), seconds=7200))
    with world.later(1801):
        [due] = [one for one in world.stores.due.now(limit=100) if one.approval.approval_id == approval.approval_id]
        assert world.stores.due.claim(due, until=world.clock.now() + 60) is not None
        assert world.stores.due.claim(due, until=world.clock.now() + 60) is None
        assert world.sweep() == {"done": 0, "failed": 0}


def test_a_decision_while_it_was_escalated_keeps_its_own_place(stage: Stage) -> None:
    """Escalation opens the question once, and is one line of the audit however often the task is retried."""
    world = stage.world
    call = world.asked(execution=world.execution("escalating_payer"))
    approval = world.request(call)
    event = {"execution": call.execution_id, "step": 1, "call": "c0", "error": "States.Timeout", "attempt": 0}
    for _ in range(2):
        escalate_approval.run(world.stores, world.registry, event, world.slack)
    assert [kind for kind, *_ in world.audit(approval)] == ["requested", "escalated"]


def test_slacks_error_does_not_end_a_sweep(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One approval that cannot be handled does not keep the others waiting."""
    world = stage.world
    approvals = [
        world.request(world.asked(execution=world.execution("reminding_payer"), seconds=7200)) for _ in range(2)
    ]
    seen: list[str] = []

    def refuse(stores: Any, slack: Any, settings: Any, approval: Approval, to_ask: Any) -> None:
        seen.append(approval.approval_id)
        raise SlackError("chat.postMessage", "is_archived")

    monkeypatch.setattr("tollgate.approvals.sweep.post_reminder", refuse)
    with world.later(1801):
        assert world.sweep() == {"done": 0, "failed": 2}
    assert set(seen) == {approval.approval_id for approval in approvals}
