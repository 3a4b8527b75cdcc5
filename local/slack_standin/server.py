"""A Slack to click in: it takes the app's messages and modals, shows them on a page, and signs what people do.

Only what an approvals app uses is here. Everything is in memory and on 127.0.0.1.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from local.loopback import LoopbackHandler, LoopbackServer
from local.slack_standin import payloads
from local.slack_standin.delivery import Delivered, Delivery, Faults
from local.slack_standin.outage import Outages
from local.slack_standin.page import Page, Reply
from local.slack_standin.people import USERS
from local.slack_standin.web_api import WebApi
from local.slack_standin.workspace import Block, Message, Notice, View, Workspace, WorkspaceError

SCOPES = ("chat:write", "chat:write.public", "usergroups:read")


class NoSuchButtonError(LookupError):
    """There is no message with this button; the message says which buttons there are."""


@dataclass(frozen=True)
class Outcome:
    """What came of a click or a submitted modal."""

    status: int
    answer: dict[str, Any]
    view: View | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    deliveries: list[Delivered] = field(default_factory=list)


class SlackStandIn:
    """A workspace from `start` to `stop`; a context manager does both.

    `interactions_url` and `signing_secret` may be functions: they are asked when something is delivered.
    `usergroups` and `scopes` may be changed while it runs, as an administrator of Slack would.
    `bot_token` None takes any token. A trigger lives `trigger_seconds`; Slack's own live 3, too short for a laptop
    that starts a function's process first.
    """

    def __init__(
        self,
        *,
        signing_secret: Callable[[], str] | str,
        interactions_url: Callable[[], str] | str,
        bot_token: str | None = None,
        users: Mapping[str, str] = USERS,
        usergroups: Mapping[str, list[str]] | None = None,
        trigger_seconds: float = 30.0,
        port: int = 0,
    ) -> None:
        self.workspace = Workspace(trigger_seconds=trigger_seconds)
        self.outages = Outages()
        self.faults = Faults()
        self.users = dict(users)
        self.usergroups = {name: list(members) for name, members in (usergroups or {}).items()}
        self.scopes = list(SCOPES)
        self._web_api = WebApi(self.workspace, bot_token=bot_token, usergroups=self.usergroups)
        self._delivery = Delivery(_function(interactions_url), _function(signing_secret))
        self._page = Page(self)
        self._port = port
        self._server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        """The page."""
        if self._server is None:
            raise RuntimeError("SlackStandIn is not running: call start() before url")
        return self._server.url

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is set to."""
        return f"{self.url}/api/"

    def start(self) -> Self:
        """Answers at `url` when this returns. Raises `PortUnavailableError`."""
        self._server = LoopbackServer(_handler_of(self), self._port)
        self._server.start()
        return self

    def stop(self) -> None:
        """Nothing answers any more. Twice is harmless."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def messages(self) -> list[Message]:
        """Oldest first, each as it stands now."""
        return self.workspace.messages()

    def views(self) -> list[View]:
        """Open modals."""
        return self.workspace.views()

    def notices(self, user: str | None = None) -> list[Notice]:
        """Ephemeral messages."""
        return self.workspace.notices(user)

    def click(self, about: str, action_id: str, user: str = "U0LOCAL", *, faults: Faults | None = None) -> Outcome:
        """Presses a button of the message with this time stamp or approval id. Raises `NoSuchButtonError`."""
        message, block, element = self._button(about, action_id)
        before = {view.view_id for view in self.views()}
        payload = payloads.block_actions(
            message,
            block,
            element,
            user=user,
            trigger_id=self.workspace.trigger(user),
            response_url=self.url + self.workspace.response_path(user),
        )
        seen = len(self.notices(user))
        deliveries = self._delivery.deliver(payload, faults or self.faults)
        opened = [view for view in self.views() if view.view_id not in before and view.user == user]
        self._warn(user, deliveries[0])
        return Outcome(
            status=deliveries[0].status,
            answer=deliveries[0].answer,
            view=opened[0] if opened else None,
            notices=[notice.text for notice in self.notices(user)[seen:]],
            deliveries=deliveries,
        )

    def submit_view(
        self,
        values: Mapping[str, str] | None = None,
        *,
        view: View | str | None = None,
        user: str | None = None,
        faults: Faults | None = None,
    ) -> Outcome:
        """Submits a modal (the latest one by default) with what was typed, by field. Errors leave it open."""
        found = self._open_view(view)
        typed = dict(values or {})
        state = payloads.state_of(found, typed)
        errors = payloads.missing(found, state)
        if errors:
            self.workspace.show_errors(found.view_id, errors, typed)
            return Outcome(status=0, answer={}, view=self.workspace.view(found.view_id), errors=errors)
        who = user or found.user
        payload = payloads.view_submission(found, state, user=who, trigger_id=self.workspace.trigger(who))
        deliveries = self._delivery.deliver(payload, faults or self.faults)
        first = deliveries[0]
        self._warn(who, first)
        if first.answer.get("response_action") == "errors":
            self.workspace.show_errors(found.view_id, first.answer.get("errors", {}), typed)
        elif first.status == 200:
            self.workspace.close_view(found.view_id)
        return Outcome(
            status=first.status,
            answer=first.answer,
            view=self.workspace.view(found.view_id),
            errors=first.answer.get("errors", {}) if first.answer.get("response_action") == "errors" else {},
            deliveries=deliveries,
        )

    def answer_api(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """A call of the app: the Web API, or the answer to a click."""
        if path.startswith("/response/"):
            return self._answer_response(path, body)
        target = path.removeprefix("/api/")
        outage = self.outages.take(target.partition("?")[0])
        if outage is not None:
            return Reply(outage.status, outage.body, "application/json", dict(outage.headers))
        answer = self._web_api.call(target, headers.get("Authorization") or "", headers.get("Content-Type") or "", body)
        # Slack names the scopes of the token beside every answer that it gives to one.
        scopes = {"X-OAuth-Scopes": ",".join(self.scopes)} if answer["ok"] else {}
        return Reply(200, json.dumps(answer).encode(), "application/json; charset=utf-8", scopes)

    def _answer_response(self, path: str, body: bytes) -> Reply:
        """Slack's response URLs take JSON with a text and answer `ok`, or say why not."""
        try:
            self.workspace.respond(path, str(json.loads(body)["text"]))
        except WorkspaceError as error:
            return Reply(404, error.code.encode())
        except (ValueError, KeyError, TypeError):
            return Reply(400, b"invalid_payload")
        return Reply(200, b"ok")

    def answer_page(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """A request of the browser."""
        return self._page.answer(method, target, headers, body)

    def _button(self, about: str, action_id: str) -> tuple[Message, Block, Block]:
        known = []
        for message in reversed(self.messages()):
            for block in message.blocks:
                for element in block.get("elements", []) if block["type"] == "actions" else []:
                    if about == message.ts or _approval_of(element) == about:
                        known.append(element["action_id"])
                        if element["action_id"] == action_id:
                            return message, block, element
        raise NoSuchButtonError(f"no message about {about!r} has a button {action_id!r}; it has: {known or 'none'}")

    def _open_view(self, view: View | str | None) -> View:
        if isinstance(view, View):
            view = view.view_id
        found = self.workspace.view(view) if view else next(iter(reversed(self.views())), None)
        if found is None:
            raise LookupError(f"there is no open modal {view or ''}")
        return found

    def _warn(self, user: str, delivered: Delivered) -> None:
        """What Slack shows to a person whose click the app did not answer well."""
        if delivered.status != 200:
            detail = delivered.answer.get("detail") or delivered.answer.get("error") or ""
            self.workspace.notify(user, f"The app answered {delivered.status or 'nothing'}. {detail}".strip())


def _approval_of(element: Block) -> str | None:
    try:
        value = json.loads(element.get("value") or "{}")
    except ValueError:
        return None
    return value.get("approval_id") if isinstance(value, dict) else None


def _function(value: Callable[[], str] | str) -> Callable[[], str]:
    return value if callable(value) else lambda: value


def _handler_of(slack: SlackStandIn) -> type[LoopbackHandler]:
    class Handler(LoopbackHandler):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            self._send(slack.answer_page("GET", self.path, dict(self.headers.items()), b""))

        def do_POST(self) -> None:  # noqa: N802
            body = self.read_body()
            if self.path.startswith(("/api/", "/response/")):
                self._send(slack.answer_api(self.path, dict(self.headers.items()), body))
            else:
                self._send(slack.answer_page("POST", self.path, dict(self.headers.items()), body))

        def _send(self, reply: Reply) -> None:
            self.answer(reply.status, reply.body, {"Content-Type": reply.content_type, **reply.headers})

    return Handler
