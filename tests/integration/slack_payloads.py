"""Interaction payloads in the shapes of Slack's own SDK tests, with data of our own.

Shapes: slackapi/bolt-python `tests/scenario_tests/test_*.py` (block_actions, function_block_action, view_submission,
view_closed, shortcut, attachment_actions, block_suggestion, dialogs), slackapi/java-slack-sdk `slack-app-backend`.
"""

import json
from typing import Any

Payload = dict[str, Any]

TEAM = {"id": "T8Q2", "domain": "acme-payments"}
GRID_TEAM = {**TEAM, "enterprise_id": "E5RT", "enterprise_name": "Acme Group"}
TOKEN = "verification-token-of-nobody"


def user(user_id: str, team: str = "T8Q2") -> Payload:
    return {"id": user_id, "username": "someone", "name": "someone", "team_id": team}


def block_actions(approval_id: str, fingerprint: str, action_id: str, user_id: str, **changes: Any) -> Payload:
    """A click with everything that Slack sends beside it, most of which nobody reads."""
    value = json.dumps({"approval_id": approval_id, "fingerprint": fingerprint})
    text = {"type": "plain_text", "text": action_id.title(), "emoji": False}
    element = {"type": "button", "action_id": action_id, "text": text, "value": value, "style": "primary"}
    return {
        "type": "block_actions",
        "user": user(user_id),
        "api_app_id": "A77",
        "token": TOKEN,
        "container": {"type": "message", "message_ts": "1795377600.000200", "channel_id": "C31", "is_ephemeral": False},
        "trigger_id": "311.412.0f0f",
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": "C31", "name": "approvals"},
        "message": {
            "type": "message",
            "subtype": "bot_message",
            "text": "Approval needed",
            "user": "U0BOT",
            "bot_id": "B12",
            "app_id": "A77",
            "team": "T8Q2",
            "ts": "1795377600.000200",
            "blocks": [{"type": "actions", "block_id": "decision", "elements": [element]}],
        },
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T8Q2/311/abc",
        "actions": [{**element, "block_id": "decision", "action_ts": "1795377633.194939"}],
    } | changes


def view(approval_id: str, fingerprint: str, callback_id: str, values: Payload) -> Payload:
    """A modal as it comes back."""
    return {
        "id": "V21",
        "team_id": "T8Q2",
        "type": "modal",
        "blocks": [
            {
                "type": "input",
                "block_id": name,
                "label": {"type": "plain_text", "text": name, "emoji": True},
                "optional": False,
                "dispatch_action": False,
                "element": {"type": "plain_text_input", "action_id": "value"},
            }
            for name in values
        ],
        "private_metadata": json.dumps({"approval_id": approval_id, "fingerprint": fingerprint}),
        "callback_id": callback_id,
        "state": {"values": values},
        "hash": "1795377640.3wRY",
        "title": {"type": "plain_text", "text": "Edit"},
        "clear_on_close": False,
        "notify_on_close": False,
        "close": {"type": "plain_text", "text": "Cancel"},
        "submit": {"type": "plain_text", "text": "Save"},
        "previous_view_id": None,
        "root_view_id": "V21",
        "app_id": "A77",
        "external_id": "",
        "app_installed_team_id": "T8Q2",
        "bot_id": "B12",
    }


def view_submission(shown: Payload, user_id: str, **changes: Any) -> Payload:
    return {
        "type": "view_submission",
        "team": TEAM,
        "user": user(user_id),
        "api_app_id": "A77",
        "token": TOKEN,
        "trigger_id": "311.412.1e1e",
        "view": shown,
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    } | changes


def others(about: Payload, shown: Payload) -> dict[str, Payload]:
    """Everything else that Slack delivers to the same URL, each naming a real approval where it could."""
    common = {"team": TEAM, "user": user("U0ADA"), "api_app_id": "A77", "token": TOKEN, "trigger_id": "311.412.2d2d"}
    message = {"type": "message", "user": "U1", "ts": "1795377600.000200", "text": "approve", "blocks": []}
    return {
        "view_closed": {"type": "view_closed", **common, "view": shown, "is_cleared": False},
        "shortcut": {"type": "shortcut", **common, "callback_id": "approve", "action_ts": "1795377633.1"},
        "message_action": {
            "type": "message_action", **common, "callback_id": "edit", "message_ts": "1795377600.000200",
            "channel": {"id": "C31", "name": "approvals"}, "message": message, "response_url": "https://x.example/",
        },
        "block_suggestion": {
            "type": "block_suggestion", **common, "container": {"type": "view", "view_id": "V21"},
            "action_id": "approve", "block_id": "decision", "value": about["actions"][0]["value"], "view": shown,
        },
        "dialog_submission": {
            "type": "dialog_submission", **common, "callback_id": "reject", "state": "", "action_ts": "1795377633.1",
            "submission": {"reason": "no"}, "response_url": "https://x.example/",
        },
        "interactive_message": {
            "type": "interactive_message", **common, "callback_id": "approve", "attachment_id": "1",
            "actions": [{"name": "approve", "type": "button", "value": about["actions"][0]["value"]}],
            "original_message": {"text": "", "attachments": [{"id": 1, "fallback": "x"}]}, "is_app_unfurl": True,
        },
        "workflow_step_edit": {"type": "workflow_step_edit", **common, "callback_id": "x", "workflow_step": {}},
        "a type of tomorrow": {**about, "type": "block_decisions"},
        "no type": {name: value for name, value in about.items() if name != "type"},
    }  # fmt: skip
