"""What Slack sends when somebody clicks a button or submits a modal, field for field.

Source: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and .../view-interactions-payload
"""

import re
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
    kind = element["type"]
    if kind == "static_select":
        chosen = element.get("initial_option")
        if typed is not None:
            chosen = next((option for option in element["options"] if option["value"] == typed), None)
        return {"type": kind, "selected_option": chosen}
    if kind == "datepicker":
        return {"type": kind, "selected_date": (element.get("initial_date") if typed is None else typed) or None}
    text = element.get("initial_value") if typed is None else typed
    return {"type": kind, "value": text or None}


def missing(view: View, state: dict[str, Any]) -> dict[str, str]:
    """What Slack's own client says before it sends anything: empty required fields, no numbers, text too long."""
    errors = {}
    for block in view.body["blocks"]:
        if block["type"] != "input":
            continue
        found = next(iter(state[block["block_id"]].values()))
        value = found.get("value") or found.get("selected_option") or found.get("selected_date")
        problem = _problem(block["element"], value) if value else not block.get("optional", False) and _REQUIRED
        if problem:
            errors[block["block_id"]] = problem
    return errors


_REQUIRED = "Please complete this required field."


def _problem(element: Block, value: Any) -> str:
    """What the client says about a field that has a value; empty when it sends it."""
    if element["type"] == "number_input":
        return _number_problem(element, value.strip())
    if element["type"] == "datepicker":
        return "" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "Must be a valid date, like 2027-06-30."
    most = element.get("max_length", 3000)
    return f"At most {most} characters." if isinstance(value, str) and len(value) > most else ""


def _number_problem(element: Block, text: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "Must be a valid number, like 1250.00."
    if "." in text and not element["is_decimal_allowed"]:
        return "Must be a whole number."
    if "min_value" in element and float(text) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(text) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return ""


def _app(user: str) -> dict[str, Any]:
    return {
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM["id"]},
        "api_app_id": APP,
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
    }
