"""The Slack callback: signed by Slack's own SDK, clicked through the stand-in, and decided by the gate."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.deciders import Deciders
from tollgate.models.approval import Approval, Source
from tollgate.models.call import CallState
from tollgate.slack.client import SlackClient
from tollgate.slack.interactions import Interactions
from tollgate.slack.user_groups import UserGroups
from tollgate.store import dynamodb

from local.loopback import LoopbackHandler, LoopbackServer
from local.slack_standin.delivery import Faults
from local.slack_standin.outage import Outage
from local.slack_standin.server import SlackStandIn
from tests.integration.api_functions import Answer, Functions, deployed
from tests.integration.gate_world import ARGUMENTS, SIGNING_SECRET, Stage, stage
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]

ROUTE = "/v1/slack/interactions"


@pytest.fixture(scope="module")
def api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions, and an HTTP front that hands them what the stand-in posts."""
    with pytest.MonkeyPatch.context() as patch, deployed(stage.world, tmp_path_factory.mktemp("layer"), patch) as found:

        class Front(LoopbackHandler):
            def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
                body, headers = self.read_body().decode(), {name.lower(): value for name, value in self.headers.items()}
                answer = found.send("POST", self.path, body, who=None, headers=headers)
                self.answer(answer.status, json.dumps(answer.body).encode())

        front = LoopbackServer(Front)
        front.start()
        stage.interactions_url = front.url + ROUTE
        yield found
        front.stop()


@pytest.fixture
def slack(stage: Stage, api: Functions) -> SlackStandIn:
    return stage.standin


def asked(stage: Stage, **changes: Any) -> Approval:
    """An approval with its card."""
    return stage.world.request(stage.world.asked(**changes))


def payload_of(approval: Approval, action: str = "approve", user: str = "U0ADA", **changes: Any) -> dict[str, Any]:
    """A click as Slack sends it, with what the test changes."""
    value = json.dumps({"approval_id": approval.approval_id, "fingerprint": approval.fingerprint})
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "someone", "team_id": "T9TK3CUKW"},
        "api_app_id": "A0123",
        "container": {"type": "message", "message_ts": "1548261231.000200", "channel_id": "CBR2V3XEX"},
        "actions": [{"type": "button", "block_id": "decision", "action_id": action, "value": value}],
    } | changes


def post(
    api: Functions, payload: Any, *, age: int = 0, base64_encoded: bool = False, headers: dict[str, str] | None = None
) -> Answer:
    """A post signed by Slack's own SDK."""
    body = urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)})
    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body)
    signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature or ""} | (headers or {})
    return api.send("POST", ROUTE, body, who=None, headers=signed, base64_encoded=base64_encoded)


def state(stage: Stage, approval: Approval) -> CallState:
    return stage.world.call(approval).state


def test_a_signed_click_approves_and_a_replay_changes_nothing(stage: Stage, api: Functions) -> None:
    """The same post twice is one decision, and whoever clicked is told; a retry of Slack's own is nobody's click."""
    approval = asked(stage)
    payload = payload_of(approval)
    assert post(api, payload).body == {}
    assert post(api, payload, headers={"X-Slack-Retry-Num": "1"}).body == {}
    assert post(api, payload).body["text"] == "ada approved this before; it is approved"
    assert state(stage, approval) == CallState.APPROVED
    assert len(stage.world.stores.approvals.get(approval.approval_id).decisions) == 1
    assert stage.world.stores.approvals.get(approval.approval_id).decisions[0].via == "slack"


def test_slack_waits_for_this_many_requests_to_the_tables(
    stage: Stage, api: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question and the transaction; then the journal, the token, what came of it, and its end, at leisure."""
    approval, made = asked(stage), list[str]()
    payload, events = payload_of(approval), dynamodb.client().meta.events
    events.register("before-call.dynamodb", lambda model, **_: made.append(model.name), unique_id="count")
    monkeypatch.setattr(api, "busy", True)
    try:
        assert post(api, payload).status == 200
        assert made == ["GetItem", "TransactWriteItems"]
        api.run_events()
    finally:
        events.unregister("before-call.dynamodb", unique_id="count")
    assert made[2:] == ["GetItem", "PutItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert state(stage, approval) == CallState.APPROVED


def test_base64_bodies_and_any_header_case_are_the_same_post(stage: Stage, api: Functions) -> None:
    """API Gateway may encode the body and lower the headers."""
    approval = asked(stage)
    payload = payload_of(approval)
    assert post(api, payload, base64_encoded=True).status == 200
    assert state(stage, approval) == CallState.APPROVED


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
def test_an_unsigned_post_is_401(stage: Stage, api: Functions, headers: dict[str, str]) -> None:
    """Wrong, missing or nonsensical: nothing of the body is believed."""
    approval = asked(stage)
    answer = post(api, payload_of(approval), headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert state(stage, approval) == CallState.ASKED


@pytest.mark.parametrize("age", [301, -301])
def test_a_stale_post_is_401(stage: Stage, api: Functions, age: int) -> None:
    """Five minutes either way."""
    approval = asked(stage)
    assert post(api, payload_of(approval), age=age).status == 401
    assert state(stage, approval) == CallState.ASKED


def test_a_changed_body_is_401(stage: Stage, api: Functions) -> None:
    """A signature is for one body."""
    approval, other = asked(stage), asked(stage)
    body = urlencode({"payload": json.dumps(payload_of(approval))})
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body) or ""
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    forged = urlencode({"payload": json.dumps(payload_of(other))})
    assert api.send("POST", ROUTE, forged, who=None, headers=headers).status == 401
    assert state(stage, other) == CallState.ASKED


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "view_closed", "user": {"id": "U0ADA"}, "view": {"id": "V1", "callback_id": "reject"}},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U0ADA"}},
        {"type": "something_new"},
        {},
        {"type": "block_actions", "user": {"id": "U0ADA"}, "actions": []},
        {"type": "block_actions", "user": {"id": "U0ADA"}, "actions": [{"action_id": "approve", "value": "x"}]},
        {"type": "block_actions", "user": None, "actions": [{"action_id": "other", "value": "{}"}]},
        {"type": "view_submission", "user": {"id": "U0ADA"}, "view": {"callback_id": "x", "state": {"values": {}}}},
        {"type": "view_submission", "user": {"id": "U0ADA"}, "view": {"callback_id": "edit", "private_metadata": "["}},
    ],
)
def test_what_is_not_ours_is_answered_harmlessly(api: Functions, payload: dict[str, Any]) -> None:
    """200 and nothing, whatever comes next."""
    assert (post(api, payload).status, post(api, payload).body) == (200, {})


@pytest.mark.parametrize("payload", ["{", "[]", '"text"'])
def test_a_signed_post_that_is_no_payload_is_400(api: Functions, payload: str) -> None:
    """Signed nonsense is nonsense."""
    assert post(api, payload).status == 400


def test_a_click_through_the_stand_in_replaces_the_card(stage: Stage, slack: SlackStandIn) -> None:
    """The buttons are gone, and the card says who decided what when."""
    approval = asked(stage)
    outcome = slack.click(approval.approval_id, "approve", "U0ADA")
    assert (outcome.status, outcome.notices) == (200, [])
    assert state(stage, approval) == CallState.APPROVED
    card = slack.messages()[-1]
    assert "Approved by ada" in json.dumps(card.blocks)
    assert not [block for block in card.blocks if block["type"] == "actions"]


def test_a_second_yes_of_the_same_person_is_told_who_is_missing(stage: Stage, slack: SlackStandIn) -> None:
    """A quorum that stays as it was would look like a click that was lost."""
    approval = asked(stage, arguments=ARGUMENTS | {"amount": 20_000})
    assert slack.click(approval.approval_id, "approve", "U0ADA").notices == []
    again = slack.click(approval.approval_id, "approve", "U0ADA")
    assert again.notices == ["ada approved this before; 1 other person must agree"]
    assert state(stage, approval) == CallState.ASKED


def test_an_edit_that_changes_nothing_is_told_at_a_field(stage: Stage, slack: SlackStandIn) -> None:
    """It would count as an edit, and the quorum would begin anew."""
    approval = asked(stage)
    slack.click(approval.approval_id, "edit", "U0ADA")
    outcome = slack.submit_view({})
    assert [error for error in outcome.errors.values() if error.startswith("nothing is changed; approve the call")]
    assert state(stage, approval) == CallState.ASKED


def test_a_reason_that_comes_after_the_rejection_is_not_swallowed(stage: Stage, slack: SlackStandIn) -> None:
    """The form may open although Slack did not say so in time: the no was recorded without the words typed later."""
    approval = asked(stage)
    slack.click(approval.approval_id, "reject", "U0ADA")
    decide(
        stage.world.stores,
        stage.world.deciders.of_slack_user("U0ADA", approval.tenant, Source(door="slack", slack_user="U0ADA")),
        approval.approval_id,
        Word("reject", approval.fingerprint),
        via="slack",
    )
    outcome = slack.submit_view({"reason": "not ours"})
    assert "is rejected by ada" in outcome.errors["reason"]


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U0EVE", "none of the approvers"),
        ("U0ROB", "requester_may_approve"),
        ("U0SUE", "there is no approval"),
        ("U0NOBODY", "not in this deployment's table"),
    ],
)
@pytest.mark.parametrize("action", ["approve", "reject", "edit"])
def test_who_may_not_is_told_alone(stage: Stage, slack: SlackStandIn, user: str, said: str, action: str) -> None:
    """The refusal is for the eyes of who clicked, and no modal opens."""
    approval = asked(stage)
    outcome = slack.click(approval.approval_id, action, user)
    assert outcome.status == 200
    assert outcome.view is None
    assert said in outcome.notices[0]
    assert state(stage, approval) == CallState.ASKED


def test_a_rejection_carries_its_reason(stage: Stage, slack: SlackStandIn) -> None:
    """The modal's words reach the call, where the model reads them."""
    approval = asked(stage)
    assert slack.click(approval.approval_id, "reject", "U0ADA").view is not None
    assert state(stage, approval) == CallState.ASKED
    assert slack.submit_view({"reason": "ask for the order first"}).errors == {}
    call = stage.world.call(approval)
    assert (call.state, call.decision_reason) == (CallState.REJECTED, "ask for the order first")
    assert "ask for the order first" in json.dumps(slack.messages()[-1].blocks)


def test_a_rejection_without_trigger_or_modal_is_still_a_rejection(stage: Stage, api: Functions) -> None:
    """A click on Reject is a no, also where Slack opens no form."""
    without, broken = asked(stage), asked(stage)
    assert post(api, payload_of(without, "reject")).status == 200
    assert post(api, payload_of(broken, "reject", trigger_id="1.2.nobody")).status == 200
    assert (state(stage, without), state(stage, broken)) == (CallState.REJECTED, CallState.REJECTED)


def test_an_edit_shows_errors_at_the_field_and_then_takes_exactly_the_value(stage: Stage, slack: SlackStandIn) -> None:
    """Wrong values stay in the modal with their error; the right one is what the call holds."""
    approval = asked(stage)
    view = slack.click(approval.approval_id, "edit", "U0ADA").view
    assert view is not None
    wrong = slack.submit_view({"amount": "much", "vendor_id": "V-7"})
    assert list(wrong.errors) == ["amount"]
    assert "1250.00" in wrong.errors["amount"]
    against_schema = slack.submit_view({"amount": "-1", "vendor_id": "7"})
    assert set(against_schema.errors) == {"amount", "vendor_id"}
    assert state(stage, approval) == CallState.ASKED
    right = slack.submit_view({"amount": "99.95", "currency": "USD", "note": ""})
    assert (right.status, right.errors, right.view) == (200, {}, None)
    call = stage.world.call(approval)
    assert call.state == CallState.EDITED
    assert call.arguments == {"vendor_id": "V-100", "amount": 99.95, "currency": "USD"}
    assert "99.95" in json.dumps(slack.messages()[-1].blocks)


def test_a_modal_submitted_too_late_says_so_and_changes_nothing(stage: Stage, slack: SlackStandIn) -> None:
    """Somebody else was faster while the form was open."""
    approval = asked(stage)
    slack.click(approval.approval_id, "edit", "U0ADA")
    slack.click(approval.approval_id, "approve", "U0BEN")
    late = slack.submit_view({"amount": "5"})
    assert "approved by ben" in " ".join(late.errors.values())
    assert stage.world.call(approval).arguments == ARGUMENTS


def test_a_quorum_keeps_its_buttons_until_it_is_full(stage: Stage, slack: SlackStandIn) -> None:
    """The card counts, and the second person's click ends it."""
    approval = asked(stage, arguments=ARGUMENTS | {"amount": 20_000})
    slack.click(approval.approval_id, "approve", "U0ADA")
    card = json.dumps(slack.messages()[-1].blocks)
    assert "1 of 2 people agreed: ada" in card
    assert '"approve"' in card
    slack.click(approval.approval_id, "approve", "U0BEN")
    assert state(stage, approval) == CallState.APPROVED


def test_duplicates_at_once_and_retries_are_one_decision(stage: Stage, slack: SlackStandIn) -> None:
    """Slack may deliver a click as often as it likes."""
    approval = asked(stage)
    outcome = slack.click(approval.approval_id, "approve", "U0ADA", faults=Faults(copies=7, parallel=True, retries=2))
    assert [delivered.status for delivered in outcome.deliveries] == [200] * 8
    assert len(stage.world.stores.approvals.get(approval.approval_id).decisions) == 1
    assert len(stage.world.records(approval, "approval_decided")) == 1


def test_slack_waits_for_the_decision_and_for_nothing_that_follows(
    stage: Stage, slack: SlackStandIn, api: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes when the call is decided; journal, machine and card come with an event of their own."""
    approval = asked(stage)
    monkeypatch.setattr(api, "busy", True)
    assert slack.click(approval.approval_id, "approve", "U0ADA").status == 200
    assert state(stage, approval) == CallState.APPROVED
    assert stage.world.records(approval, "approval_decided") == []
    assert slack.messages()[-1].edited == 0
    event = {"source": "tollgate.gate", "approval_id": approval.approval_id, "execution": approval.execution_id}
    assert api.events == [("gate", event)]
    api.run_events()
    assert len(stage.world.records(approval, "approval_decided")) == 1
    assert "Approved by ada" in json.dumps(slack.messages()[-1].blocks)


def test_a_late_card_of_half_a_quorum_does_not_stay_over_the_whole_ones(
    stage: Stage, slack: SlackStandIn, api: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events overtake each other: the second yes is shown while the first one's card is on its way to Slack."""
    approval = asked(stage, arguments=ARGUMENTS | {"amount": 20_000})
    update, others = SlackClient.update, iter(["U0BEN"])

    def overtaken(client: SlackClient, *card: Any) -> None:
        for user in others:
            slack.click(approval.approval_id, "approve", user)
        update(client, *card)

    monkeypatch.setattr(SlackClient, "update", overtaken)
    slack.click(approval.approval_id, "approve", "U0ADA")
    card = slack.messages()[-1]
    assert (state(stage, approval), card.text[:10]) == (CallState.APPROVED, "✓ Approved")
    assert not [block for block in card.blocks if block["type"] == "actions"]


def test_what_follows_is_done_at_once_where_lambda_does_not_take_it(
    stage: Stage, slack: SlackStandIn, api: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click is answered late rather than left to the sweep."""
    approval = asked(stage)
    monkeypatch.setattr(api, "refuses", True)
    assert slack.click(approval.approval_id, "approve", "U0ADA").status == 200
    assert api.events == []
    assert len(stage.world.records(approval, "approval_decided")) == 1
    assert "Approved by ada" in json.dumps(slack.messages()[-1].blocks)


def test_slack_down_does_not_undo_a_decision(stage: Stage, slack: SlackStandIn) -> None:
    """The card stays as it was; the gate has the decision."""
    approval = asked(stage)
    slack.outages.plan("chat.update", Outage(body=b'{"ok": false, "error": "fatal_error"}'))
    assert slack.click(approval.approval_id, "approve", "U0ADA").status == 200
    assert state(stage, approval) == CallState.APPROVED
    assert slack.messages()[-1].edited == 0


def test_a_card_that_cannot_be_posted_leaves_the_gate_open(stage: Stage, slack: SlackStandIn, api: Functions) -> None:
    """The journal says what Slack said, and the approval can be decided all the same."""
    before = len(slack.messages())
    slack.outages.plan("chat.postMessage", Outage(body=b'{"ok": false, "error": "channel_not_found"}'))
    approval = asked(stage)
    assert len(slack.messages()) == before
    assert any(
        "channel_not_found" in str(body.get("error")) for body in stage.world.records(approval, "approval_requested")
    )
    assert post(api, payload_of(approval)).status == 200
    assert state(stage, approval) == CallState.APPROVED


def test_a_throttled_card_is_posted_after_the_wait(stage: Stage, slack: SlackStandIn) -> None:
    """Slack said when to come back."""
    slack.outages.plan("chat.postMessage", Outage(status=429, headers={"Retry-After": "0"}))
    approval = asked(stage)
    assert stage.world.stores.approvals.card(approval.approval_id) is not None


def test_a_response_url_elsewhere_is_not_called(stage: Stage, api: Functions) -> None:
    """A signed body does not choose where we post; the text is in the answer instead."""
    called: list[str] = []

    class Elsewhere(LoopbackHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
            called.append(self.path)
            self.answer(200)

    server = LoopbackServer(Elsewhere)
    server.start()
    answer = post(api, payload_of(asked(stage), user="U0EVE", response_url=f"{server.url}/hook"))
    server.stop()
    assert "none of the approvers" in answer.body["text"]
    assert called == []


def test_anybody_decides_in_the_local_stage_only(stage: Stage, api: Functions) -> None:
    """The user `*` is an open door on a laptop and none anywhere else, not even where anybody may approve."""
    world = stage.world
    users = world.registry.slack.users | {"*": next(iter(world.registry.slack.users.values()))}
    slack_settings = world.registry.slack.model_copy(update={"users": users})
    for agent, where, expected in (
        ("payer", "dev", CallState.ASKED),
        ("open_payer", "dev", CallState.ASKED),
        ("payer", "local", CallState.APPROVED),
    ):
        approval = asked(stage, execution=world.execution(agent))
        registry = world.registry.model_copy(update={"stage": where, "slack": slack_settings})
        body = urlencode({"payload": json.dumps(payload_of(approval, user="U0ANYBODY"))})
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        deciders = Deciders(registry, UserGroups(world.slack, world.clock).is_member)
        Interactions(world.stores, deciders, world.slack, lambda _: None).receive(headers, body.encode())
        assert state(stage, approval) == expected
