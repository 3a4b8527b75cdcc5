"""`doctor` about Slack: the stand-in answers as Slack does, and a front verifies as the callback does."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from tollgate.slack.signature import refusal

from cli.slack_check import slack_findings
from cli.target import SlackSecretHolder
from local.loopback import LoopbackHandler, LoopbackServer
from local.slack_standin.outage import Outage
from local.slack_standin.server import SlackStandIn

TOKEN, SIGNING_SECRET = "xoxb-doctor", "0123456789abcdef0123456789abcdef"


class Secrets:
    """A Secrets Manager with one secret, or with the error that it answers."""

    def __init__(self, text: str, error: str = "") -> None:
        self.text, self.error = text, error

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's own name
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "no"}}, "GetSecretValue")
        return {"SecretString": self.text}


@pytest.fixture(scope="module")
def standin() -> Iterator[SlackStandIn]:
    with SlackStandIn(signing_secret=SIGNING_SECRET, interactions_url="", bot_token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    """A callback whose secret is the right one."""

    class Front(LoopbackHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server calls it so
            body = self.read_body()
            headers = dict(self.headers.items())
            why = refusal(signing_secret=SIGNING_SECRET, headers=headers, body=body, now=time.time())
            self.answer(401 if why else 200, b"{}")

    front = LoopbackServer(Front)
    front.start()
    yield front.url
    front.stop()


def holder(
    standin: SlackStandIn, callback: str, *, token: str = TOKEN, secret: str = SIGNING_SECRET, is_slack: bool = True
) -> SlackSecretHolder:
    text = json.dumps({"bot_token": token, "signing_secret": secret})
    return SlackSecretHolder(Secrets(text), "tollgate-dev/slack", standin.api_url, callback, is_slack)  # type: ignore[arg-type]


def looked(holder: SlackSecretHolder) -> dict[str, tuple[bool, str]]:
    return {finding.what: (finding.well, finding.detail) for finding in slack_findings(holder)}


def test_a_complete_app_is_well(standin: SlackStandIn, callback: str) -> None:
    """Slack names bot and workspace, the scopes are there, and the callback believes the stored secret."""
    found = looked(holder(standin, callback))
    assert {what: well for what, (well, _) in found.items()} == {
        "Slack app": True,
        "Slack scopes": True,
        "Slack signing": True,
    }
    assert found["Slack app"][1] == "tollgate in the workspace Local stand-in"


def test_missing_scopes_are_named(standin: SlackStandIn, callback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which they are and where to add them; the one that only spares invitations is not required."""
    monkeypatch.setattr(standin, "scopes", ["chat:write.public"])
    well, detail = looked(holder(standin, callback))["Slack scopes"]
    assert (well, "missing: chat:write, usergroups:read; add them under" in detail) == (False, True)
    monkeypatch.setattr(standin, "scopes", ["chat:write", "usergroups:read"])
    well, detail = looked(holder(standin, callback))["Slack scopes"]
    assert (well, "must be invited" in detail) == (True, True)


def test_a_wrong_token_is_slacks_own_word(standin: SlackStandIn, callback: str) -> None:
    """`invalid_auth`, and the command that stores another; the token itself is not shown."""
    well, detail = looked(holder(standin, callback, token="xoxb-wrong"))["Slack app"]
    assert (well, "invalid_auth" in detail, "put-secret-value --secret-id tollgate-dev/slack" in detail) == (
        False,
        True,
        True,
    )
    assert "xoxb-wrong" not in detail


def test_a_users_token_is_not_a_bots(standin: SlackStandIn, callback: str) -> None:
    """Slack says who a token is: without a bot, cards would be a person's."""
    standin.outages.plan("auth.test", Outage(200, b'{"ok": true, "user": "ann", "team": "Acme"}'))
    assert "Bot User OAuth Token" in looked(holder(standin, callback))["Slack app"][1]


def test_no_token_is_no_app_and_nothing_wrong(standin: SlackStandIn, callback: str) -> None:
    """Without Slack every gate still opens."""
    assert looked(holder(standin, callback, token=""))["Slack app"][0]


@pytest.mark.parametrize(
    ("secret", "is_slack", "said"),
    [
        ("Zufall" * 5 + "xy", True, "not one of Slack's; copy the Signing Secret"),
        ("f" * 32, True, "answers 401: a changed secret is used after five minutes"),
        ("Zufall" * 5 + "xy", False, "answers 401"),
    ],
)
def test_a_wrong_signing_secret_is_found(
    standin: SlackStandIn, callback: str, secret: str, is_slack: bool, said: str
) -> None:
    """By its form where it must be Slack's, and by what the deployed callback says to a signed post."""
    well, detail = looked(holder(standin, callback, secret=secret, is_slack=is_slack))["Slack signing"]
    assert (well, said in detail, secret in detail) == (False, True, False)


def test_a_callback_that_believes_anybody_is_found(standin: SlackStandIn) -> None:
    """An answer of 200 to a forged post is the worst of all."""

    class Gullible(LoopbackHandler):
        def do_POST(self) -> None:  # noqa: N802
            self.read_body()
            self.answer(200, b"{}")

    server = LoopbackServer(Gullible)
    server.start()
    well, detail = looked(holder(standin, server.url))["Slack signing"]
    server.stop()
    assert (well, "200 to a forged one" in detail) == (False, True)
    assert not looked(holder(standin, server.url))["Slack signing"][0], "and one that does not answer is no better"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"bot_token": "xoxb-geheim"}'])
def test_a_secret_of_another_form_is_not_quoted(standin: SlackStandIn, callback: str, text: str) -> None:
    """What to write instead, and nothing of what is there."""
    wrong = SlackSecretHolder(Secrets(text), "tollgate-dev/slack", standin.api_url, callback, True)  # type: ignore[arg-type]
    well, detail = looked(wrong)["Slack secret"]
    assert (well, "geheim" in detail, '"signing_secret": "..."' in detail) == (False, False, True)


def test_a_secret_that_may_not_be_read_says_which_right_is_missing(standin: SlackStandIn, callback: str) -> None:
    """Not every operator may read it."""
    denied = SlackSecretHolder(Secrets("", "AccessDeniedException"), "s", standin.api_url, callback, True)  # type: ignore[arg-type]
    assert "secretsmanager:GetSecretValue is needed" in looked(denied)["Slack secret"][1]


def test_slack_that_cannot_be_reached_is_no_fault_of_the_app(standin: SlackStandIn, callback: str) -> None:
    """Nobody reinstalls an app because the network is down."""
    nowhere = replace(holder(standin, callback), api_url="http://127.0.0.1:9/api/")
    found = next(iter(slack_findings(nowhere)))
    assert not found.well
    assert "look whether http://127.0.0.1:9/api/ can be reached" in found.detail
    assert "install" not in found.detail
