"""How this deployment is connected to Slack: the secret's two halves, read when needed and re-read after a while."""

import json
import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from tollgate.clock import Clock
from tollgate.errors import DefinitionError
from tollgate.settings import Settings, endpoint_overrides_allowed
from tollgate.slack.client import SlackClient

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SLACK_API = "https://slack.com/api/"
REREAD_SECONDS = 300
"""A rotated secret is used after five minutes at the latest."""


class _Secret(NamedTuple):
    signing_secret: str
    bot_token: str
    read_at: float

    def __repr__(self) -> str:
        return "_Secret(...)"


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))


def prepare() -> None:
    """The client is there before it is needed."""
    _secrets()


class Connection:
    """One per function. A deployment without a Slack app has no client, and its gates open through the API alone."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._secret_id, self._clock = settings.slack_secret_id, clock
        self.console_url = settings.console_url
        self._secret: _Secret | None = None

    @property
    def signing_secret(self) -> str:
        """The key of Slack's signatures; empty when there is none, which no signature matches."""
        return self._read().signing_secret

    def client(self, *, patient: bool) -> SlackClient | None:
        """The bot, or None where no bot token is configured. Impatient: one try within Slack's three seconds."""
        token = self._read().bot_token
        if not token:
            return None
        attempts, timeout = (3, 5.0) if patient else (1, 1.5)
        return SlackClient(api_url=api_url(), bot_token=token, attempts=attempts, timeout_seconds=timeout)

    def _read(self) -> _Secret:
        if not self._secret_id:
            return _Secret("", "", 0.0)
        if self._secret is None or self._clock.now() - self._secret.read_at > REREAD_SECONDS:
            self._secret = _parse(_secrets().get_secret_value(SecretId=self._secret_id)["SecretString"], self._clock)
        return self._secret


def api_url() -> str:
    """Slack's API, or `SLACK_API_URL` (as Slack's own SDKs write it, `.../api/`) where the stage allows overrides."""
    override = os.environ.get("SLACK_API_URL")
    if not override or not endpoint_overrides_allowed():
        return SLACK_API
    return api_under(override)


def api_under(url: str) -> str:
    """The API of a Slack or a stand-in; a URL without a path stands for its `/api/`."""
    return url.rstrip("/") + ("/api/" if urlsplit(url).path in ("", "/") else "/")


def _parse(text: str, clock: Clock) -> _Secret:
    try:
        value = json.loads(text)
        return _Secret(str(value["signing_secret"]), str(value.get("bot_token") or ""), clock.now())
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause would quote the secret.
        raise DefinitionError(
            'the Slack secret is not of the form {"signing_secret": "...", "bot_token": "xoxb-..."}; write it like that'
        ) from None
