"""What Slack sends when somebody clicks a button or submits a modal, field for field.

Source: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and .../view-interactions-payload
"""

import time
from typing import Any

from local.slack_standin.web_api import BOT, BOT_USER, TEAM
from local.slack_standin.workspace import Block, Message, View

APP = "A0TOLLGATE"


def block_actions(
    message: Message, block: Block, element: Block, *, user: str, trigger_id: str, response_url: str
) -> dict[str, Any]:
    """A click on a button of a message."""
    action = {name: element[name] for name in ("action_id", "text", "value", "style", "type") if name in element}
    return {
        "type": "block_actions",
        **_app(user),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": False,
        },
        "trigger_id": trigger_id,
        "channel": {"id": message.channel, "name": message.channel_name},
        "message": {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "ts": message.ts,
            "text": message.text,
            "blocks": message.blocks,
        },
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**action, "block_id": block.get("block_id", ""), "action_ts": f"{time.time():.6f}"}],
    }


def view_submission(view: View, state: dict[str, Any], *, user: str, trigger_id: str) -> dict[str, Any]:
    """A submitted modal."""
    return {
        "type": "view_submission",
        **_app(user),
        "trigger_id": trigger_id,
        "view": {
            "id": view.view_id,
            "team_id": TEAM["id"],
            "app_id": APP,
            "bot_id": BOT,
            "hash": f"{int(time.time())}.standin",
            "root_view_id": view.view_id,
            "previous_view_id": None,
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **view.body,
            "state": {"values": state},
        },
        "response_urls": [],
    }


def state_of(view: View, typed: dict[str, str]) -> dict[str, Any]:
    """`view.state.values` with what was typed or chosen, and what stood in the fields that nobody touched."""
    return {
        block["block_id"]: {
            block["element"]["action_id"]: _element_state(block["element"], typed.get(block["block_id"]))
        }
        for block in view.body["blocks"]
        if block["type"] == "input"
    }


def _element_state(element: Block, typed: str | None) -> dict[str, Any]:
    if element["type"] == "static_select":
        chosen = element.get("initial_option")
        if typed is not None:
            chosen = next((option for option in element["options"] if option["value"] == typed), None)
        return {"type": "static_select", "selected_option": chosen}
    text = element.get("initial_value") if typed is None else typed
    return {"type": "plain_text_input", "value": text or None}


def missing(view: View, state: dict[str, Any]) -> dict[str, str]:
    """What Slack's own client says before it sends anything: empty required fields, text over the field's length."""
    errors = {}
    for block in view.body["blocks"]:
        if block["type"] != "input":
            continue
        found = next(iter(state[block["block_id"]].values()))
        text = found.get("value") or found.get("selected_option")
        if not text and not block.get("optional", False):
            errors[block["block_id"]] = "Please complete this required field."
        elif isinstance(text, str) and len(text) > block["element"].get("max_length", 3000):
            errors[block["block_id"]] = f"At most {block['element'].get('max_length', 3000)} characters."
    return errors


def _app(user: str) -> dict[str, Any]:
    return {
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM["id"]},
        "api_app_id": APP,
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
    }
