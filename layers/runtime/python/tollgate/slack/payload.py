"""What Slack posts, in its own shapes: believed in nothing but its form, and silent about what is not ours.

Source: https://docs.slack.dev/reference/interaction-payloads
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from tollgate.errors import UnreadableError
from tollgate.models.approval import DecisionKind, Source

_APPROVAL_ID = re.compile(r"apr-[0-9a-z-]{1,64}")


@dataclass(frozen=True)
class Clicked:
    """A button: which, by whom, about what, and the ways back to the person."""

    source: Source
    action: DecisionKind
    approval_id: str
    fingerprint: str
    trigger_id: str
    response_url: str


def payload_in(body: bytes) -> dict[str, Any]:
    """The form field `payload`. Raises `UnreadableError`: a signed post that is none of Slack's forms."""
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=16, keep_blank_values=True)
        if "ssl_check" in fields:  # Slack looks now and then whether the certificate is good, and asks nothing else
            return {}
        payload = json.loads(fields["payload"][0])
        json.dumps(payload, ensure_ascii=False).encode()  # half a surrogate pair is no text that could be kept
    except (ValueError, KeyError, RecursionError) as error:
        raise UnreadableError("the body is not Slack's form with a field `payload` of JSON") from error
    if not isinstance(payload, dict):
        raise UnreadableError("the field `payload` is not a JSON object")
    return payload


def click_in(payload: Mapping[str, Any], source: Source) -> Clicked | None:
    """The first of our buttons in the payload, or None."""
    for action in map(mapping, items(payload.get("actions"))):
        approval_id, seen = about(action.get("value"))
        if action.get("action_id") in ("approve", "reject", "edit") and approval_id:
            return Clicked(
                source=source,
                action=action["action_id"],
                approval_id=approval_id,
                fingerprint=seen,
                trigger_id=str(payload.get("trigger_id") or ""),
                response_url=str(payload.get("response_url") or ""),
            )
    return None


def is_retry(headers: Mapping[str, str]) -> bool:
    """Whether Slack itself sends a post once more, because it had no answer in time."""
    return any(name.lower() == "x-slack-retry-num" for name in headers)


def user_of(payload: Mapping[str, Any]) -> str:
    """The Slack id of the person; empty where the payload names none."""
    found = mapping(payload.get("user")).get("id")
    return found if isinstance(found, str) else ""


def team_of(payload: Mapping[str, Any]) -> str | None:
    """The workspace of the person; where an app is installed for a whole organisation, `team` is null."""
    found = mapping(payload.get("team")).get("id") or mapping(payload.get("user")).get("team_id")
    return found if isinstance(found, str) else None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, or an empty mapping for whatever else stands in its place."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """The value, or an empty list for whatever else stands in its place."""
    return value if isinstance(value, list) else []


def about(text: Any) -> tuple[str, str]:
    """Approval and fingerprint in a text that made a round through Slack; both empty where they are not ours."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return "", ""
    approval_id, seen = mapping(value).get("approval_id"), mapping(value).get("fingerprint")
    ours = isinstance(approval_id, str) and _APPROVAL_ID.fullmatch(approval_id) and isinstance(seen, str)
    return (str(approval_id), str(seen)) if ours else ("", "")
