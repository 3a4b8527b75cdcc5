"""Slack's Web API, the methods that approvals need, without Slack's SDK (80-140 ms of import).

Methods that write take JSON; those that only read take forms and ignore JSON.
Source: https://docs.slack.dev/apis/web-api
"""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from tollgate.errors import UnreachableError

MAX_WAIT_SECONDS = 5.0
"""Longer rate limits than this are not waited for: the gate can be decided through the API meanwhile."""
SCOPES: dict[str, str | None] = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "views.open": None,
    "usergroups.users.list": "usergroups:read",
    "auth.test": None,
}
"""Every method that is called here and the bot's scope that it needs; the app's manifest asks for exactly these."""
POST_UNINVITED = "chat:write.public"
"""Lets the bot post to public channels that nobody invited it to."""
_JSON = "application/json; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"


class SlackError(UnreachableError):
    """Slack did not do what it was asked; `code` is its own word (`channel_not_found`, `expired_trigger_id`, ...).

    `is_silent`: no answer came, which says nothing about the app or its token.
    """

    def __init__(self, method: str, code: str, *, is_silent: bool = False) -> None:
        super().__init__(f"Slack's {method} answered {code}")
        self.code, self.is_silent = code, is_silent


class SlackClient:
    """One bot in one workspace. `attempts` bounds the tries on throttling, faults and broken connections."""

    def __init__(self, *, api_url: str, bot_token: str, attempts: int, timeout_seconds: float) -> None:
        self._api_url, self._bot_token, self._attempts = api_url, bot_token, attempts
        timeout = urllib3.Timeout(connect=min(2.0, timeout_seconds), read=timeout_seconds)
        self._http = urllib3.PoolManager(timeout=timeout, retries=False)

    def __repr__(self) -> str:
        return f"SlackClient({self._api_url})"

    def post_message(
        self, channel: str, text: str, blocks: list[dict[str, Any]], *, thread: str | None = None
    ) -> tuple[str, str]:
        """Posts a message and returns where it is: channel id and time stamp. Raises `SlackError`.

        With `thread`, the time stamp of a message, it stands below that message and in the channel.
        """
        below = {} if thread is None else {"thread_ts": thread, "reply_broadcast": True}
        plain = {"unfurl_links": False, "unfurl_media": False}  # Slack must not fetch what an argument names
        answer = self._call("chat.postMessage", {"channel": channel, "text": text, "blocks": blocks, **plain, **below})
        return str(answer["channel"]), str(answer["ts"])

    def update(self, channel: str, ts: str, text: str, blocks: list[dict[str, Any]]) -> None:
        """Replaces a message. Raises `SlackError`."""
        self._call("chat.update", {"channel": channel, "ts": ts, "text": text, "blocks": blocks})

    def open_view(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Opens a modal for whoever clicked; a trigger lives three seconds and opens one. Raises `SlackError`."""
        self._call("views.open", {"trigger_id": trigger_id, "view": view})

    def user_group(self, group: str) -> list[str]:
        """The ids of a user group's members; a disabled group has none. Raises `SlackError`."""
        method = "usergroups.users.list"
        users = self._read(method, {"usergroup": group})[0].get("users")
        if not isinstance(users, list):
            raise SlackError(method, "something without a list of users")
        return [str(user) for user in users]

    def who_am_i(self) -> tuple[dict[str, Any], frozenset[str]]:
        """What `auth.test` says of the token, and the token's scopes. Raises `SlackError`."""
        answer, headers = self._read("auth.test", {})
        return answer, frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope)

    def respond(self, response_url: str, text: str) -> bool:
        """Says something to the person who clicked, and to nobody else. False for a URL that is not Slack's."""
        if not self._is_slacks(response_url):
            return False
        body = {"response_type": "ephemeral", "replace_original": False, "text": text}
        self._post(response_url, "response_url", _as_json(body), {"Content-Type": _JSON})
        return True

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._answered(method, self._authorized(method, _as_json(body), _JSON))

    def _read(self, method: str, fields: dict[str, str]) -> tuple[dict[str, Any], Mapping[str, str]]:
        response = self._authorized(method, urlencode(fields).encode(), _FORM)
        return self._answered(method, response), response.headers

    def _authorized(self, method: str, content: bytes, content_type: str) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self._bot_token}", "Content-Type": content_type}
        return self._post(urljoin(self._api_url, method), method, content, headers)

    def _answered(self, method: str, response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
        try:
            answer = json.loads(response.data)
        except ValueError:
            raise SlackError(method, f"HTTP {response.status} with something that is not JSON") from None
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            code = answer.get("error") if isinstance(answer, dict) else None
            raise SlackError(method, str(code or f"HTTP {response.status}"))
        return answer

    def _post(self, url: str, method: str, content: bytes, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        """One answered request. A message may be posted twice if Slack's answer was lost: better than never."""
        problem = ""
        for attempt in range(1, self._attempts + 1):
            wait = 0.2 * 2**attempt
            try:
                response = self._http.request("POST", url, body=content, headers=headers)
            except urllib3.exceptions.HTTPError as error:
                problem = type(error).__name__
            else:
                if response.status < 500 and response.status != 429:
                    return response
                problem = f"HTTP {response.status}"
                wait = _retry_after(response, wait)
            if attempt < self._attempts and wait <= MAX_WAIT_SECONDS:
                time.sleep(wait)
        raise SlackError(method, f"nothing ({problem})", is_silent=True)

    def _is_slacks(self, url: str) -> bool:
        """Slack's hooks, or the very server that stands in for Slack; a signed body does not choose where we post."""
        target, ours = urlsplit(url), urlsplit(self._api_url)
        if ours.hostname == "slack.com":
            return (target.scheme, target.hostname) == ("https", "hooks.slack.com")
        return (target.scheme, target.netloc) == (ours.scheme, ours.netloc)


def _as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _retry_after(response: urllib3.BaseHTTPResponse, default: float) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else default
