"""A card whose execution has ended has no buttons, and says why."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tollgate import settlement
from tollgate.models.approval import Approval, ApprovalStatus

from local.slack_standin.outage import Outage
from tests.integration.gate_world import Stage, stage
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]


@pytest.fixture
def ended(stage: Stage) -> Iterator[Approval]:
    """An approval with its card, of an execution that the machine does not know any more."""
    approval = stage.world.request(stage.world.asked())
    stage.world.clock.shift = settlement.START_SECONDS + 1
    yield approval
    stage.world.clock.shift = 0.0


def test_an_execution_that_ended_takes_the_buttons_from_its_card(stage: Stage, ended: Approval) -> None:
    """Whoever settles replaces the card, and nothing is left for the gate's sweep."""
    assert settlement.settle(stage.world.stores, ended.execution_id)
    card = stage.standin.messages()[-1]
    assert (card.edited, card.text) == (1, f"■ Withdrawn: {ended.summary}")
    assert not [block for block in card.blocks if block["type"] == "actions"]
    assert ended.approval_id not in [due.approval.approval_id for due in stage.world.stores.due.now(limit=100)]


def test_two_settlers_at_once_leave_no_buttons_either(
    stage: Stage, ended: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`stop` settles without Slack while the event's function has read the question as pending: that one shows it."""
    stores = stage.world.stores
    with_slack, close = replace(stores), stores.approvals.close
    without_slack = replace(stores, settings=stores.settings.model_copy(update={"slack_secret_id": ""}))

    def overtaken(approval_id: str, status: ApprovalStatus) -> bool:
        settlement.settle(without_slack, ended.execution_id)
        return close(approval_id, status)

    monkeypatch.setattr(with_slack.approvals, "close", overtaken)
    assert settlement.settle(with_slack, ended.execution_id)
    assert stage.standin.messages()[-1].text == f"■ Withdrawn: {ended.summary}"


def test_a_card_that_slack_does_not_replace_is_left_to_the_sweep(stage: Stage, ended: Approval) -> None:
    """The execution is settled all the same."""
    stage.standin.outages.plan("chat.update", Outage(status=503))
    assert settlement.settle(stage.world.stores, ended.execution_id)
    assert stage.standin.messages()[-1].edited == 0
    assert stage.world.stores.approvals.get(ended.approval_id).status == "revoked"
    stage.world.clock.shift += 120
    assert ended.approval_id in [due.approval.approval_id for due in stage.world.stores.due.now(limit=100)]
