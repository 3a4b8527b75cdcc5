"""The page: messages and modals as Slack shows them, near enough to decide by. Works without JavaScript."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from jinja2 import Environment, FileSystemLoader

from local.slack_standin import mrkdwn
from local.slack_standin.delivery import MODES
from local.slack_standin.workspace import Message

if TYPE_CHECKING:
    from local.slack_standin.server import SlackStandIn

TEMPLATES = Path(__file__).with_name("templates")
_USER_ID = re.compile(r"[A-Z0-9]{2,20}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Page:
    """The browser's side of the workspace."""

    def __init__(self, slack: "SlackStandIn") -> None:
        self._slack = slack
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
        environment.filters |= {"mrkdwn": mrkdwn.html, "clock": _clock}
        environment.tests["waiting"] = _is_waiting
        self._template = environment.get_template("page.html")

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """GET shows, POST acts and leads back to the page."""
        parts = urlsplit(target)
        if method == "GET":
            return self._show(parts.path, parse_qs(parts.query), headers)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace"), True).items()}
        return self._act(parts.path, form, self._user(headers))

    def _show(self, path: str, query: dict[str, list[str]], headers: Mapping[str, str]) -> Reply:
        if path == "/":
            return self._whole(self._user(headers), query.get("view", [""])[0])
        if path == "/version":
            return Reply(200, str(self._slack.workspace.version).encode(), headers=_HEADERS)
        if path in ("/style.css", "/live.js"):
            kind = "text/css" if path.endswith("css") else "text/javascript"
            return Reply(200, (TEMPLATES / path[1:]).read_bytes(), f"{kind}; charset=utf-8", _HEADERS)
        return Reply(404, b"no such page")

    def _whole(self, user: str, view_id: str) -> Reply:
        slack = self._slack
        view = slack.workspace.view(view_id) if view_id else None
        messages = slack.messages()
        html = self._template.render(
            messages=messages,
            waiting=sum(_is_waiting(message) for message in messages),
            notices=slack.notices(user)[-3:],
            users=slack.users | ({} if user in slack.users else {user: user}),
            user=user,
            modes=MODES,
            faults=slack.faults,
            view=view,
            version=slack.workspace.version,
        )
        return Reply(200, html.encode(), "text/html; charset=utf-8", _HEADERS)

    def _act(self, path: str, form: dict[str, str], user: str) -> Reply:
        if path == "/user":
            chosen = form.get("user", "").strip().upper()
            if not _USER_ID.fullmatch(chosen):
                return Reply(400, b"a Slack user id is letters and digits, like U0LOCAL")
            return _back("/", {"Set-Cookie": f"user={chosen}; Path=/; SameSite=Strict; HttpOnly"})
        if path == "/delivery":
            return self._disturb(form.get("mode", ""))
        if path == "/click":
            return self._click(form, user)
        if path == "/submit":
            return self._submit(form, user)
        if path == "/close":
            self._slack.workspace.close_view(form.get("view", ""))
            return _back("/")
        return Reply(404, b"no such action")

    def _disturb(self, mode: str) -> Reply:
        """From now on every click and form travels like this."""
        if mode not in MODES:
            return Reply(400, f"deliveries travel: {', '.join(MODES)}".encode())
        self._slack.faults = MODES[mode]
        return _back("/")

    def _click(self, form: dict[str, str], user: str) -> Reply:
        try:
            outcome = self._slack.click(form.get("ts", ""), form.get("action_id", ""), user)
        except LookupError as error:
            return Reply(409, str(error).encode())
        return _back(f"/?view={quote(outcome.view.view_id)}" if outcome.view else f"/#m{quote(form.get('ts', ''))}")

    def _submit(self, form: dict[str, str], user: str) -> Reply:
        typed = {name.removeprefix("field:"): value for name, value in form.items() if name.startswith("field:")}
        # A browser sends new lines as CR LF, whatever stood in the field.
        typed = {name: value.replace("\r\n", "\n") for name, value in typed.items()}
        try:
            outcome = self._slack.submit_view(typed, view=form.get("view", ""), user=user)
        except LookupError as error:
            return Reply(409, str(error).encode())
        return _back(f"/?view={quote(outcome.view.view_id)}" if outcome.view else "/")

    def _user(self, headers: Mapping[str, str]) -> str:
        """Who acts: as chosen, else the first of those on offer."""
        try:
            cookie = SimpleCookie(headers.get("Cookie") or "").get("user")
        except CookieError:
            cookie = None
        first = next(iter(self._slack.users), "U0LOCAL")
        return cookie.value if cookie and _USER_ID.fullmatch(cookie.value) else first


def _back(location: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(303, b"", headers={"Location": location, **_HEADERS, **(headers or {})})


def _is_waiting(message: Message) -> bool:
    """Whether there is something to press."""
    return any(block.get("type") == "actions" for block in message.blocks)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M")
