"""EventBridge's bus: what a function publishes reaches the rules of the template, which moto knows nothing of."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventsBackend

from local.moto_fixes.patching import replace

# Called with every event that the default bus took.
EVENT_LISTENERS: list[Callable[[dict[str, Any]], None]] = []


def hand_on_what_is_published() -> None:
    """`PutEvents` tells the listeners; moto delivers to targets of rules in its own tables, and functions are none."""

    def build(original: Any) -> Any:
        def put_events(backend: Any, events: list[dict[str, Any]]) -> Any:
            entries = original(backend, events)
            for event, entry in zip(events, entries, strict=True):
                if "EventId" in entry:
                    _hand_on(_delivered(backend, event, entry["EventId"]))
            return entries

        return put_events

    replace(EventsBackend, "put_events", build)


def _hand_on(event: dict[str, Any]) -> None:
    for listener in list(EVENT_LISTENERS):
        listener(event)


def _delivered(backend: Any, event: dict[str, Any], event_id: str) -> dict[str, Any]:
    """As a target receives it: https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html"""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": event["DetailType"],
        "source": event["Source"],
        "account": backend.account_id,
        "time": datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": backend.region_name,
        "resources": event.get("Resources", []),
        "detail": json.loads(event["Detail"]),
    }
