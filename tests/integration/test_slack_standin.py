"""The Slack stand-in: Slack's shapes on the wire, and a page to click in."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from local.loopback import LoopbackHandler, LoopbackServer
from local.slack_standin.delivery import Faults
from local.slack_standin.outage import Outage
from local.slack_standin.people import USERS, people
from local.slack_standin.server import NoSuchButtonError, SlackStandIn

SECRET = "s3cret"
TOKEN = "xoxb-right"
VALUE = json.dumps({"approval_id": "apr-1", "fingerprint": "sha256:f"})
BUTTON = {"type": "button", "action_id": "approve", "text": {"type": "plain_text", "text": "Approve"}, "value": VALUE}
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "plain_text", "text": "Pay <b>5</b> EUR?"}},
    {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": "<https://console.example.com/x?a=1&b=2|Open> <script>"}],
    },
    {"type": "actions", "block_id": "decision", "elements": [BUTTON]},
]
VIEW: dict[str, Any] = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "amount",
            "label": {"type": "plain_text", "text": "amount"},
            "element": {"type": "plain_text_input", "action_id": "value", "initial_value": "5"},
        }
    ],
}


class App:
    """The app on the other side: keeps what it gets and answers what the test wants."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], str]] = []
        self.answers: list[tuple[int, Any]] = []
        self.on_payload: Any = None
        app, lock = self, threading.Lock()

        class Handler(LoopbackHandler):
            def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
                body = self.read_body().decode()
                with lock:
                    app.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    status, answer = app.answers.pop(0) if app.answers else (200, {})
                if app.on_payload:
                    app.on_payload(json.loads(parse_qs(body)["payload"][0]))
                self.answer(status, json.dumps(answer).encode())

        self.server = LoopbackServer(Handler)
        self.server.start()

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(parse_qs(body)["payload"][0]) for _, body in self.posts]


@pytest.fixture
def app() -> Iterator[App]:
    found = App()
    yield found
    found.server.stop()


@pytest.fixture
def slack(app: App) -> Iterator[SlackStandIn]:
    with SlackStandIn(
        signing_secret=SECRET,
        interactions_url=lambda: app.server.url,
        bot_token=TOKEN,
        usergroups={"S1": ["U1", "U2"]},
        trigger_seconds=3,
    ) as found:
        yield found


def client(slack: SlackStandIn, token: str = TOKEN) -> WebClient:
    """Slack's own SDK."""
    return WebClient(token=token, base_url=slack.api_url)


def browser(slack: SlackStandIn, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
    return urllib3.PoolManager().request(method, slack.url + path, redirect=False, **more)


def test_slacks_own_sdk_posts_and_updates(slack: SlackStandIn) -> None:
    """In JSON, with the answers that the SDK expects."""
    posted = client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    assert posted["ok"]
    assert posted["message"]["text"] == "Pay?"
    client(slack).chat_update(channel=posted["channel"], ts=posted["ts"], text="Paid", blocks=[])
    [message] = slack.messages()
    assert (message.text, message.edited, message.channel_name) == ("Paid", 1, "approvals")


def test_a_form_is_as_good_as_json(slack: SlackStandIn) -> None:
    """Blocks are JSON in a field, and the token may be one too."""
    fields = {"token": TOKEN, "channel": "C0123456", "text": "x", "blocks": json.dumps(CARD)}
    answer = browser(slack, "POST", "/api/chat.postMessage", fields=fields, encode_multipart=False).json()
    assert (answer["ok"], answer["channel"]) == (True, "C0123456")


@pytest.mark.parametrize(
    ("token", "arguments", "code"),
    [
        ("xoxb-wrong", {"channel": "c", "text": "x"}, "invalid_auth"),
        (TOKEN, {"channel": "", "text": "x"}, "channel_not_found"),
        (TOKEN, {"channel": "c", "text": ""}, "no_text"),
        (TOKEN, {"channel": "c", "text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
    ],
)
def test_errors_are_slacks_own(slack: SlackStandIn, token: str, arguments: dict[str, Any], code: str) -> None:
    """By code, as the SDK raises them."""
    with pytest.raises(SlackApiError) as raised:
        client(slack, token).api_call("chat.postMessage", json=arguments)
    assert raised.value.response["error"] == code


def test_other_methods_answer_and_unknown_ones_say_so(slack: SlackStandIn) -> None:
    """auth.test for doctor, user groups for rights."""
    assert client(slack).auth_test()["bot_id"] == "B0TOLLGATE"
    assert client(slack).usergroups_users_list(usergroup="S1")["users"] == ["U1", "U2"]
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        client(slack).usergroups_users_list(usergroup="S2")
    with pytest.raises(SlackApiError, match="unknown_method"):
        client(slack).api_call("x.y")
    anonymous = browser(slack, "POST", "/api/auth.test", body=b"{}", headers={"Content-Type": "application/json"})
    assert anonymous.json()["error"] == "not_authed"


def test_a_click_is_signed_as_slack_signs(slack: SlackStandIn, app: App) -> None:
    """Believed by Slack's own verifier, in the shape of a block action."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    assert slack.click("apr-1", "approve", "U7").status == 200
    [(headers, body)] = app.posts
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    [payload] = app.payloads
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", "U7")
    assert payload["actions"][0]["value"] == VALUE
    assert payload["message"]["ts"] == payload["container"]["message_ts"] == slack.messages()[0].ts


def test_a_button_that_is_not_there_cannot_be_pressed(slack: SlackStandIn) -> None:
    """The error says what there is."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    with pytest.raises(NoSuchButtonError, match="approve"):
        slack.click("apr-1", "destroy")


def test_a_trigger_opens_one_modal_and_not_for_long(
    slack: SlackStandIn, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, within three seconds, and only if it was given."""
    errors = []

    def open_twice(payload: dict[str, Any]) -> None:
        for trigger in (payload["trigger_id"], payload["trigger_id"], "1.2.3"):
            try:
                client(slack).views_open(trigger_id=trigger, view=VIEW)
            except SlackApiError as error:
                errors.append(error.response["error"])

    app.on_payload = open_twice
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    assert slack.click("apr-1", "approve").view is not None
    assert errors == ["exchanged_trigger_id", "invalid_trigger_id"]
    trigger = slack.workspace.trigger("U1")
    monkeypatch.setattr(slack.workspace, "_now", lambda: time.time() + 4)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client(slack).views_open(trigger_id=trigger, view=VIEW)


def test_a_modal_stays_with_its_errors_and_closes_when_taken(slack: SlackStandIn, app: App) -> None:
    """An empty required field never leaves the client."""
    view = slack.workspace.open_view(slack.workspace.trigger("U1"), VIEW)
    assert slack.submit_view({"amount": ""}).errors == {"amount": "Please complete this required field."}
    assert app.posts == []
    app.answers = [(200, {"response_action": "errors", "errors": {"amount": "too much"}})]
    assert slack.submit_view({"amount": "6"}, view=view).errors == {"amount": "too much"}
    assert slack.submit_view({"amount": "7"}).view is None
    states = [payload["view"]["state"]["values"]["amount"]["value"]["value"] for payload in app.payloads]
    assert states == ["6", "7"]


def test_deliveries_are_doubled_and_retried_on_demand(slack: SlackStandIn, app: App) -> None:
    """Copies are identical; retries say which they are."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    slack.click("apr-1", "approve", faults=Faults(copies=2))
    assert len({body for _, body in app.posts}) == 1
    assert len(app.posts) == 3
    app.posts.clear()
    app.answers = [(500, {}), (502, {}), (200, {})]
    assert slack.click("apr-1", "approve", faults=Faults(retries=5)).status == 200
    assert [headers.get("x-slack-retry-num") for headers, _ in app.posts] == [None, "1", "2"]


def test_what_the_app_says_to_one_person_is_theirs(slack: SlackStandIn, app: App) -> None:
    """And a click that goes wrong is told to who clicked."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    app.answers = [(401, {"detail": "stale"})]
    slack.click("apr-1", "approve", "U7")
    assert [notice.text for notice in slack.notices("U7")] == ["The app answered 401. stale"]
    assert slack.notices("U8") == []
    assert browser(slack, "POST", "/response/unknown", body=b'{"text": "x"}').status == 404


def test_an_outage_answers_once(slack: SlackStandIn) -> None:
    """Then Slack is well again."""
    slack.outages.plan("auth.test", Outage(status=503, body=b"down"))
    assert browser(slack, "POST", "/api/auth.test").status == 503
    assert client(slack).auth_test()["ok"]


def test_the_page_shows_text_as_text_and_links_as_links(slack: SlackStandIn) -> None:
    """Nothing that was posted becomes markup, but our own link."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    page = browser(slack, "GET", "/")
    html = page.data.decode()
    assert "Pay &lt;b&gt;5&lt;/b&gt; EUR?" in html
    assert (
        '<a href="https://console.example.com/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">Open</a>' in html
    )
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_clicks_edits_and_switches_people(slack: SlackStandIn, app: App) -> None:
    """All of it by plain forms."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    switched = browser(slack, "POST", "/user", fields={"user": "u9"}, encode_multipart=False)
    cookie = {"Cookie": switched.headers["Set-Cookie"].split(";")[0]}
    app.on_payload = lambda payload: (
        payload["type"] == "block_actions" and client(slack).views_open(trigger_id=payload["trigger_id"], view=VIEW)
    )
    form = {"ts": slack.messages()[0].ts, "action_id": "approve"}
    clicked = browser(slack, "POST", "/click", fields=form, encode_multipart=False, headers=cookie)
    assert app.payloads[0]["user"]["id"] == "U9"
    html = browser(slack, "GET", clicked.headers["Location"], headers=cookie).data.decode()
    assert 'name="field:amount" value="5"' in html
    [view] = slack.views()
    app.answers = [(200, {"response_action": "errors", "errors": {"amount": "too <much>"}})]
    fields = {"view": view.view_id, "field:amount": "6\r\n7"}
    wrong = browser(slack, "POST", "/submit", fields=fields, encode_multipart=False, headers=cookie)
    html = browser(slack, "GET", wrong.headers["Location"], headers=cookie).data.decode()
    assert "too &lt;much&gt;" in html
    assert app.payloads[1]["view"]["state"]["values"]["amount"]["value"]["value"] == "6\n7"
    closed = browser(slack, "POST", "/close", fields={"view": view.view_id}, encode_multipart=False)
    assert (closed.status, slack.views()) == (303, [])


def test_a_menu_on_the_page_cannot_be_emptied_once_chosen(slack: SlackStandIn) -> None:
    """As in Slack; who wants to say nothing needs a row for it."""
    rows = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("EUR", "USD")]
    menu = {"type": "static_select", "action_id": "value", "options": rows}
    label = {"type": "plain_text", "text": "currency"}
    block = {"type": "input", "block_id": "currency", "optional": True, "label": label}
    for element, empty in ((menu, True), (menu | {"initial_option": rows[0]}, False)):
        view = slack.workspace.open_view(
            slack.workspace.trigger("U1"), {**VIEW, "blocks": [{**block, "element": element}]}
        )
        html = browser(slack, "GET", f"/?view={view.view_id}").data.decode()
        assert ('<option value="">' in html) is empty


def test_the_page_disturbs_deliveries_on_demand(slack: SlackStandIn, app: App) -> None:
    """Whoever tries the gate by hand sees what a double, a late and a failed post do."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    form = {"ts": slack.messages()[0].ts, "action_id": "approve"}
    expected: list[tuple[str, int, list[tuple[int, Any]]]] = [
        ("twice", 2, []),
        ("five at once", 5, []),
        ("retried", 3, [(500, {}), (502, {})]),
    ]
    for mode, posts, answers in expected:
        chosen = browser(slack, "POST", "/delivery", fields={"mode": mode}, encode_multipart=False)
        assert chosen.status == 303
        assert f'value="{mode}" aria-pressed="true"' in browser(slack, "GET", "/").data.decode()
        app.posts.clear()
        app.answers = [*answers]
        browser(slack, "POST", "/click", fields=form, encode_multipart=False)
        assert len(app.posts) == posts
    assert browser(slack, "POST", "/delivery", fields={"mode": "never"}, encode_multipart=False).status == 400
    browser(slack, "POST", "/delivery", fields={"mode": "once"}, encode_multipart=False)
    assert slack.faults == Faults()


def test_the_page_offers_the_people_of_the_deployments_table(app: App) -> None:
    """Those who may decide are a click away, and nobody else stands in front of them."""
    table = {"U0ANA": {"id": "ana", "tenant": "t"}, "U0ANA2": {"id": "ana", "tenant": "t"}, "*": {"id": "x"}}
    assert people({"TOLLGATE_SLACK_USERS": json.dumps(table)}) == {
        "U0ANA": "ana (U0ANA)",
        "U0ANA2": "ana (U0ANA2)",
        **USERS,
    }
    del table["*"]
    found = people({"TOLLGATE_SLACK_USERS": json.dumps(table)})
    assert list(found) == ["U0ANA", "U0ANA2"]
    assert people({}) == USERS
    with SlackStandIn(signing_secret=SECRET, interactions_url=app.server.url, users=found) as slack:
        html = browser(slack, "GET", "/").data.decode()
        assert 'value="U0ANA" title="U0ANA" aria-pressed="true"' in html
        assert "U0LOCAL" not in html


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
def test_other_sites_cannot_click(slack: SlackStandIn, app: App, headers: dict[str, str]) -> None:
    """Neither by a form of theirs nor by a name that leads here."""
    client(slack).chat_postMessage(channel="#approvals", text="Pay?", blocks=CARD)
    body = urlencode({"ts": slack.messages()[0].ts, "action_id": "approve"})
    assert browser(slack, "POST", "/click", body=body, headers=headers).status == 403
    assert app.posts == []


def test_stopping_twice_is_harmless(app: App) -> None:
    """And nothing answers afterwards."""
    slack = SlackStandIn(signing_secret=SECRET, interactions_url=app.server.url).start()
    slack.stop()
    slack.stop()
    with pytest.raises(RuntimeError, match="start"):
        slack.url  # noqa: B018 - the property raises
