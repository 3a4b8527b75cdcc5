"""Whether a stack's Slack app can do what approvals need, in Slack's own words, and what to do where it cannot."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from tollgate.slack.client import POST_UNINVITED, SCOPES, SlackClient, SlackError
from tollgate.slack.signature import sign

from cli.finding import Finding
from cli.target import SlackSecretHolder

MANIFEST = "docs/slack-app-manifest.yaml"
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
_NEEDED = {scope for scope in SCOPES.values() if scope}
_PROBE = b"payload=%7B%22type%22%3A%22tollgate_doctor%22%7D"
"""A post that means nothing to the callback: it is verified, and then ignored."""


@dataclass(frozen=True)
class _Secret:
    bot_token: str
    signing_secret: str


def slack_findings(holder: SlackSecretHolder) -> Iterator[Finding]:
    """The secret, the token and its scopes, and the signing. Sends nothing that anybody in Slack would see."""
    secret = _read(holder)
    if isinstance(secret, Finding):
        yield secret
        return
    yield from _token(holder, secret.bot_token)
    yield _signing(holder, secret.signing_secret)


def _read(holder: SlackSecretHolder) -> _Secret | Finding:
    try:
        text = holder.secrets.get_secret_value(SecretId=holder.secret_id)["SecretString"]
        value = json.loads(text)
        return _Secret(str(value["bot_token"]), str(value["signing_secret"]))
    except (BotoCoreError, ClientError) as error:
        return Finding(
            "Slack secret",
            False,
            f"{holder.secret_id} cannot be read: {error}; secretsmanager:GetSecretValue is needed",
        )
    except (ValueError, KeyError, TypeError):  # the cause would quote the secret
        return Finding("Slack secret", False, f"not of the right form; {_put(holder)}")


def _token(holder: SlackSecretHolder, bot_token: str) -> Iterator[Finding]:
    if not bot_token:
        yield Finding(
            "Slack app", True, f"none: gates open through the API and the command line; to connect one, {_put(holder)}"
        )
        return
    client = SlackClient(api_url=holder.api_url, bot_token=bot_token, attempts=2, timeout_seconds=10)
    try:
        answer, scopes = client.who_am_i()
    except SlackError as error:
        yield Finding("Slack app", False, f"{error}; {_after(error, holder)}")
        return
    if not answer.get("bot_id"):
        yield Finding("Slack app", False, f"a user's token; store the Bot User OAuth Token instead: {_put(holder)}")
        return
    yield Finding("Slack app", True, f"{answer.get('user')} in the workspace {answer.get('team')}")
    yield _scopes(scopes)


def _after(error: SlackError, holder: SlackSecretHolder) -> str:
    """What to do: a Slack that gave no answer says nothing about the app or its token."""
    if error.is_silent:
        return f"look whether {holder.api_url} can be reached from here; until then gates open by `tollgate approve`"
    return f"install the app again and store its token: {_put(holder)}"


def _scopes(scopes: frozenset[str]) -> Finding:
    missing = sorted(_NEEDED - scopes)
    if missing:
        advice = f"add them under OAuth & Permissions, Bot Token Scopes (or paste {MANIFEST}) and reinstall the app"
        return Finding("Slack scopes", False, f"missing: {', '.join(missing)}; {advice}")
    if POST_UNINVITED not in scopes:
        return Finding(
            "Slack scopes", True, f"enough; without {POST_UNINVITED} the bot must be invited to each channel"
        )
    return Finding("Slack scopes", True, ", ".join(sorted(_NEEDED | {POST_UNINVITED})))


def _signing(holder: SlackSecretHolder, signing_secret: str) -> Finding:
    """The stack must believe what its own secret signs, and nothing else."""
    if holder.is_slack and not _SIGNING_SECRET.fullmatch(signing_secret):
        advice = "copy the Signing Secret from the app's Basic Information page"
        return Finding("Slack signing", False, f"the stored secret is not one of Slack's; {advice}: {_put(holder)}")
    url = f"{holder.callback_url.rstrip('/')}/v1/slack/interactions"
    try:
        believed, forged = _status(url, signing_secret), _status(url, "not" + signing_secret)
    except urllib3.exceptions.HTTPError as error:
        return Finding("Slack signing", False, f"{url} does not answer: {error}")
    if (believed, forged) == (200, 401):
        return Finding("Slack signing", True, f"{url} believes what the stored secret signs, and nothing else")
    if believed == 401:
        return Finding(
            "Slack signing", False, f"{url} answers 401: a changed secret is used after five minutes; then ask again"
        )
    return Finding("Slack signing", False, f"{url} answers {believed} to a signed post and {forged} to a forged one")


def _status(url: str, signing_secret: str) -> int:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(signing_secret, timestamp, _PROBE),
    }
    with urllib3.PoolManager(timeout=30, retries=False) as http:
        return http.request("POST", url, body=_PROBE, headers=headers).status


def _put(holder: SlackSecretHolder) -> str:
    form = """'{"bot_token": "xoxb-...", "signing_secret": "..."}'"""
    return f"aws secretsmanager put-secret-value --secret-id {holder.secret_id} --secret-string {form}"
