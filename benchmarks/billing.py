"""What AWS bills of an execution, counted from its history.

"Step Functions counts a state transition each time a step of your workflow is executed", and "each retry will be
charged as an additional state transition" (https://aws.amazon.com/step-functions/pricing/): so every state that is
entered is one, a Map and each state of each of its iterations too, and every further attempt of a task is another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

USD_PER_TRANSITION = 0.025 / 1000  # us-east-1, the same page

Event = dict[str, Any]


@dataclass(frozen=True)
class Count:
    """Billed transitions and history events of a part of an execution; the latter are capped at 25,000 for all."""

    transitions: int
    events: int


def count(events: Iterable[Event]) -> Count:
    """Of these events."""
    found = list(events)
    entered = [event for event in found if "stateEnteredEventDetails" in event]
    tasks = [event for event in entered if event["type"] == "TaskStateEntered"]
    attempts = [event for event in found if event["type"] == "TaskScheduled"]
    return Count(len(entered) + max(0, len(attempts) - len(tasks)), len(found))


def turns(events: Iterable[Event]) -> list[list[Event]]:
    """The events of each turn: from entering Reason to entering it again; before the first there is the admission."""
    found: list[list[Event]] = [[]]
    for event in events:
        if event.get("stateEnteredEventDetails", {}).get("name") == "Reason":
            found.append([])
        found[-1].append(event)
    return found[1:]
