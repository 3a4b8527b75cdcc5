"""The callback against what Slack's own SDKs expect to get: every field there, some missing, some of another kind."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from tollgate.models.approval import Approval
from tollgate.models.call import CallState

from tests.integration import slack_payloads
from tests.integration.api_functions import Answer, Functions, deployed
from tests.integration.gate_world import SIGNING_SECRET, Stage, stage
from tests.integration.moto_probe import probe

__all__ = ["probe", "stage"]

ROUTE = "/v1/slack/interactions"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions."""
    with pytest.MonkeyPatch.context() as patch, deployed(stage.world, tmp_path_factory.mktemp("layer"), patch) as found:
        yield found


def send(api: Functions, body: str, *, base64_encoded: bool = False, **headers: str) -> Answer:
    """A body signed by Slack's own SDK; `headers` by their names with `_` for `-`, written as given."""
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body) or ""
    sent = {
        "content-type": FORM,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature,
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return api.send("POST", ROUTE, body, who=None, headers=sent, base64_encoded=base64_encoded)


def post(api: Functions, payload: Any, **more: Any) -> Answer:
    return send(api, urlencode({"payload": json.dumps(payload)}), **more)


def click(approval: Approval, action_id: str = "approve", user: str = "U0ADA", **changes: Any) -> dict[str, Any]:
    return slack_payloads.block_actions(approval.approval_id, approval.fingerprint, action_id, user, **changes)


def form(approval: Approval, callback_id: str, **typed: Any) -> dict[str, Any]:
    """A modal with these states in its fields."""
    return slack_payloads.view(approval.approval_id, approval.fingerprint, callback_id, typed)


def text(value: str | None) -> dict[str, Any]:
    return {"value": {"type": "plain_text_input", "value": value}}


@pytest.fixture
def approval(stage: Stage) -> Approval:
    return stage.world.open()


def state(stage: Stage, approval: Approval) -> CallState:
    return stage.world.call(approval).state


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"team": slack_payloads.GRID_TEAM},
        {
            "team": None,
            "enterprise": {"id": "E5RT", "name": "Acme Group"},
            "is_enterprise_install": True,
            "user": slack_payloads.user("U0ADA", "T-HOME"),
        },
        {
            "function_data": {"execution_id": "Fx1", "function": {"id": "Fn1", "callback_id": "c"}, "inputs": {}},
            "interactivity": {"interactor": {"secret": "s", "id": "U0ADA"}, "interactivity_pointer": "1.2"},
            "bot_access_token": "xwfp-of-nobody",
        },
        {"state": {"values": {"b": {"a": {"type": "static_select", "selected_option": None}}}}},
        {"container": {"type": "message_attachment", "attachment_id": 1}, "message": None, "app_unfurl": {}},
        {"a_field_of_tomorrow": {"deep": [1, {"er": None}]}},
    ],
)
def test_a_click_counts_whatever_stands_around_it(
    stage: Stage, api: Functions, approval: Approval, changes: dict[str, Any]
) -> None:
    """Grid, organisation-wide install, workflow functions, fields nobody knows yet."""
    assert (post(api, click(approval) | changes).status, state(stage, approval)) == (200, CallState.APPROVED)


def test_our_button_is_found_among_others(stage: Stage, api: Functions, approval: Approval) -> None:
    """Selects, pickers and buttons of other blocks come first."""
    strangers = [
        {"type": "static_select", "action_id": "approve", "selected_option": {"value": "x"}},
        {"type": "datepicker", "action_id": "due", "selected_date": "2027-01-01"},
        {"type": "button", "action_id": "approve", "value": "click_me_123"},
        {"type": "button", "action_id": "approve"},
    ]
    payload = click(approval)
    payload["actions"] = [*strangers, *payload["actions"]]
    assert (post(api, payload).status, state(stage, approval)) == (200, CallState.APPROVED)


@pytest.mark.parametrize("user", ["U0FOREIGN", "W0ADA", "u0ada", "U0ADA ", "", "*"])
def test_a_user_who_is_not_in_the_table_decides_nothing(
    stage: Stage, api: Functions, approval: Approval, user: str
) -> None:
    """A shared channel shows the card to other workspaces too; an id that is almost one of ours is none."""
    answer = post(api, click(approval, user=user, team={"id": "T-OTHER", "domain": "elsewhere"}))
    assert answer.status == 200
    assert "not in this deployment's table" in answer.body["text"]
    assert state(stage, approval) == CallState.ASKED


@pytest.mark.parametrize(
    "name",
    ["view_closed", "shortcut", "message_action", "block_suggestion", "dialog_submission", "interactive_message",
     "workflow_step_edit", "a type of tomorrow", "no type"],
)  # fmt: skip
def test_everything_else_decides_nothing(stage: Stage, api: Functions, approval: Approval, name: str) -> None:
    """Also where it names an approval, a fingerprint and a person who may."""
    payload = slack_payloads.others(click(approval), form(approval, "reject", reason=text("no")))[name]
    answer = post(api, payload)
    assert (answer.status, answer.body, state(stage, approval)) == (200, {}, CallState.ASKED)


def test_an_edit_comes_back_with_the_states_of_every_kind_of_input(stage: Stage, api: Functions) -> None:
    """Text, number, choice; what is null was emptied; inputs of others are ignored."""
    approval = stage.world.open()
    shown = form(
        approval,
        "edit",
        vendor_id=text("V-7"),
        amount={"value": {"type": "number_input", "value": "99.95"}},
        currency={"value": {"type": "static_select", "selected_option": {
            "text": {"type": "plain_text", "text": "USD", "emoji": True}, "value": "USD"}}},
        note=text(None),
        urgent={"value": {"type": "static_select", "selected_option": None}},
        stranger=text("x"),
    )  # fmt: skip
    answer = post(api, slack_payloads.view_submission(shown, "U0ADA", team=slack_payloads.GRID_TEAM))
    assert (answer.status, answer.body) == (200, {})
    assert stage.world.call(approval).arguments == {"vendor_id": "V-7", "amount": 99.95, "currency": "USD"}


def test_errors_are_at_blocks_that_the_form_has(api: Functions, approval: Approval) -> None:
    """Slack shows nothing of an error at an unknown block, so there is none."""
    shown = form(approval, "edit", vendor_id=text("the usual"), amount=text(""), note=text("x"))
    answer = post(api, slack_payloads.view_submission(shown, "U0ADA"))
    assert answer.body["response_action"] == "errors"
    assert list(answer.body["errors"]) == ["amount"]
    shown = form(approval, "edit", vendor_id=text("the usual"), note=text("x"))
    assert list(post(api, slack_payloads.view_submission(shown, "U0ADA")).body["errors"]) == ["vendor_id"]
    late = form(approval, "edit", note=text("x")) | {"private_metadata": json.dumps(
        {"approval_id": approval.approval_id, "fingerprint": "sha256:other"})}  # fmt: skip
    assert list(post(api, slack_payloads.view_submission(late, "U0ADA")).body["errors"]) == ["note"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": f"{FORM}; charset=utf-8"},
        {"Content_Type": FORM, "content_type": FORM},
        {"X_Slack_Retry_Num": "1", "X_Slack_Retry_Reason": "http_timeout"},
        {"x_slack_retry_num": "3", "x_slack_retry_reason": "http_error"},
        {"content_type": "application/json"},
    ],
)
@pytest.mark.parametrize("base64_encoded", [False, True])
def test_headers_around_the_signature_change_nothing(
    stage: Stage, api: Functions, approval: Approval, headers: dict[str, str], base64_encoded: bool
) -> None:
    """A charset, a retry's number, a gateway's encoding: the bytes are what is signed."""
    assert post(api, click(approval), base64_encoded=base64_encoded, **headers).status == 200
    assert state(stage, approval) == CallState.APPROVED


@pytest.mark.parametrize("case", [str.title, str.upper, str.lower])
def test_header_names_in_any_case_are_the_same_headers(
    stage: Stage, api: Functions, approval: Approval, case: Any
) -> None:
    """HTTP/2 lowers them, proxies title them."""
    body = urlencode({"payload": json.dumps(click(approval))})
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body) or ""
    headers = {case("x-slack-request-timestamp"): timestamp, case("x-slack-signature"): signature}
    assert api.send("POST", ROUTE, body, who=None, headers=headers).status == 200
    assert state(stage, approval) == CallState.APPROVED


def test_both_ways_to_write_a_form_are_read(stage: Stage, api: Functions) -> None:
    """Slack writes a space as `+`; its SDK tests write `%20`; text of any script comes through whole."""
    for encode in (quote, lambda value: urlencode({"": value})[1:]):
        approval = stage.world.open()
        shown = form(approval, "reject", reason=text("Nein, 東京 + 100% & more 🙅"))
        body = f"payload={encode(json.dumps(slack_payloads.view_submission(shown, 'U0ADA'), ensure_ascii=False))}"
        assert (send(api, body).status, state(stage, approval)) == (200, CallState.REJECTED)
        assert stage.world.call(approval).decision_reason == "Nein, 東京 + 100% & more 🙅"


def test_slacks_retry_of_an_answered_click_is_the_same_click(stage: Stage, api: Functions, approval: Approval) -> None:
    """The answer was lost on the way; the decision was not, and there is one."""
    payload = click(approval)
    first = post(api, payload)
    again = post(api, payload, X_Slack_Retry_Num="1", X_Slack_Retry_Reason="http_timeout")
    assert (first.status, again.status, first.body) == (200, 200, again.body)
    assert len(stage.world.stores.approvals.get(approval.approval_id).decisions) == 1


def test_the_certificate_check_is_answered(api: Functions) -> None:
    """`ssl_check=1` asks for nothing but a 200."""
    assert (send(api, "token=random&ssl_check=1").status, send(api, "token=random&ssl_check=1").body) == (200, {})


@pytest.mark.parametrize(
    "body",
    ["", "payload=", "payload", "payload=%7B", "payload=%FF%FE", "other=1", "payload=" + quote("[" * 50_000),
     "payload=" + quote('{"type": "block_actions", "x": "\\ud800"}'), "&" * 100, "a=1&" * 50 + "payload={}"],
)  # fmt: skip
def test_a_signed_body_that_is_no_interaction_is_400(api: Functions, body: str) -> None:
    """Empty, cut, not UTF-8, too deep, half a character, too many fields."""
    answer = send(api, body)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*at, key)
        yield from paths(below, (*at, key))


def replaced(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at one place."""
    copy = json.loads(json.dumps(payload))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize("wrong", [None, True, 7, "", "x", "{}", [], [7], {}, {"value": 7}])
def test_a_payload_with_any_part_of_another_kind_is_answered(stage: Stage, api: Functions, wrong: Any) -> None:
    """200 or 400, never a fault of ours, whichever part is of the wrong kind."""
    approval = stage.world.open()
    shown = form(approval, "edit", amount=text("5"), currency={"value": {"selected_option": {"value": "USD"}}})
    for payload in (click(approval, "reject"), slack_payloads.view_submission(shown, "U0ADA")):
        statuses = {post(api, replaced(payload, path, wrong)).status for path in paths(payload)}
        assert statuses <= {200, 400}
