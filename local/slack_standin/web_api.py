"""Slack's Web API methods that an approvals app uses, with Slack's shapes of answers and errors."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from local.slack_standin.block_check import is_too_large, is_too_long, message_problems, view_problems
from local.slack_standin.workspace import Workspace, WorkspaceError

TEAM = {"id": "T0LOCAL", "domain": "local-standin"}
BOT_USER, BOT = "U0TOLLGATE", "B0TOLLGATE"

READS = frozenset({"usergroups.users.list", "auth.test"})


class WebApi:
    """One app installed in one workspace."""

    def __init__(self, workspace: Workspace, *, bot_token: str | None, usergroups: Mapping[str, list[str]]) -> None:
        self._workspace, self._bot_token, self._usergroups = workspace, bot_token, usergroups

    def call(self, target: str, authorization: str, content_type: str, body: bytes) -> dict[str, Any]:
        """The answer to `<method>?<arguments>`, always HTTP 200 as Slack's: `ok` says how it went."""
        method, _, query = target.partition("?")
        methods = {
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "views.open": self._open_view,
            "usergroups.users.list": self._usergroup,
            "auth.test": self._auth_test,
        }
        if method not in methods:
            return _error("unknown_method", req_method=method)
        try:
            # As Slack: methods that only read take forms, and see nothing of a body of JSON.
            read = b"" if method in READS and content_type.startswith("application/json") else body
            arguments = dict(parse_qsl(query)) | _arguments(content_type, read)
            refused = self._refused(authorization.removeprefix("Bearer ").strip() or arguments.get("token", ""))
            return _error(refused) if refused else {"ok": True, **methods[method](arguments)}
        except WorkspaceError as error:
            return _error(error.code)
        except _ProblemsError as error:
            return _error(error.code, response_metadata={"messages": error.messages})

    def _refused(self, token: str) -> str | None:
        if not token:
            return "not_authed"
        return "invalid_auth" if self._bot_token is not None and token != self._bot_token else None

    def _post_message(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        text, blocks = _content(arguments)
        thread = str(arguments.get("thread_ts") or "") or None
        message = self._workspace.post(str(arguments.get("channel") or ""), text, blocks, thread=thread)
        shown = {"type": "message", "bot_id": BOT, "user": BOT_USER, "text": text, "ts": message.ts, "blocks": blocks}
        return {"channel": message.channel, "ts": message.ts, "message": shown}

    def _update(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        text, blocks = _content(arguments)
        channel, ts = str(arguments.get("channel") or ""), str(arguments.get("ts") or "")
        self._workspace.update(channel, ts, text, blocks)
        return {"channel": channel, "ts": ts, "text": text}

    def _open_view(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        body = arguments.get("view")
        problems = view_problems(body)
        if problems or not isinstance(body, dict):
            raise _ProblemsError("invalid_arguments", problems)
        if is_too_large(body):
            raise WorkspaceError("view_too_large")
        view = self._workspace.open_view(str(arguments.get("trigger_id") or ""), body)
        return {"view": {**body, "id": view.view_id, "team_id": TEAM["id"], "bot_id": BOT}}

    def _usergroup(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name = str(arguments.get("usergroup") or "")
        if name not in self._usergroups:
            raise WorkspaceError("no_such_subteam")
        return {"users": list(self._usergroups[name])}

    def _auth_test(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "url": f"https://{TEAM['domain']}.slack.com/",
            "team": "Local stand-in",
            "team_id": TEAM["id"],
            "user": "tollgate",
            "user_id": BOT_USER,
            "bot_id": BOT,
            "is_enterprise_install": False,
        }


class _ProblemsError(Exception):
    def __init__(self, code: str, messages: list[str]) -> None:
        super().__init__(code)
        self.code, self.messages = code, messages


def _content(arguments: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    if not text and not blocks:
        raise WorkspaceError("no_text")
    problems = message_problems(blocks)
    if problems:
        raise _ProblemsError("invalid_blocks", problems)
    if is_too_long(blocks):
        raise WorkspaceError("msg_blocks_too_long")
    return text, blocks


def _arguments(content_type: str, body: bytes) -> dict[str, Any]:
    """JSON or a form; in a form, blocks and views are JSON texts."""
    try:
        if content_type.startswith("application/json"):
            value = json.loads(body or b"{}")
            return value if isinstance(value, dict) else {}
        fields: dict[str, Any] = dict(parse_qsl(body.decode(), keep_blank_values=True))
        return {name: json.loads(text) if name in ("blocks", "view") else text for name, text in fields.items()}
    except ValueError as error:
        raise WorkspaceError(
            "invalid_json" if content_type.startswith("application/json") else "invalid_form_data"
        ) from error


def _error(code: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": code, **more}
