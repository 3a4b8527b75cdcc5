"""Whether an execution goes round in circles. Pure: the journalled turns in, a word about the next call out.

A call repeats an earlier one if tool and arguments are the same, near-identical ones included, and what came back was
the same. Any other result is something new. Cycles of calls need no rule of their own: in the second round nothing is
new any more. A call that ran and failed is not looked at here: failures have a limit of their own.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tollgate.conversation import Turn

RULE = "loop"
Word = Literal["run", "refuse", "stop"]

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


@dataclass
class _Course:
    """What is known after some calls: every result of each call, what repeated since anything was new, and refusals."""

    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    refused: bool = False

    def forgive(self) -> None:
        """A person let the execution go on: that is something new."""
        self.stale.clear()
        self.refused = False

    def add(self, call: str, outcome: str, step: int) -> int | None:
        """Takes a result in; returns the step of the first same one, or None for something new."""
        first = self.seen.setdefault(call, {}).get(outcome)
        if first is None:
            self.seen[call][outcome] = step
            self.forgive()
        else:
            self.stale.add(call)
        return first


class Repetition:
    """The course of an execution up to a step, which is not part of it.

    `resumed` holds the steps at which a person let the execution go on after a limit.
    """

    def __init__(self, history: Iterable[Turn], step: int, resumed: Collection[int] = ()) -> None:
        self._course = _Course()
        for turn in history:
            if turn.step < step:
                _take(self._course, turn, resumed)
        if step in resumed:
            self._course.forgive()

    def of(self, tool: str, arguments: Any) -> Word:
        """`refuse` a call that was already repeated with nothing new since; `stop` after such a refusal."""
        if call_key(tool, arguments) not in self._course.stale:
            return "run"
        return "stop" if self._course.refused else "refuse"


def notes(history: Iterable[Turn]) -> dict[tuple[int, str], str]:
    """(step, call) -> what the model is told beside a result that it had before."""
    course, found = _Course(), {}
    for turn in history:
        for call_id, first in _take(course, turn, ()).items():
            found[turn.step, call_id] = (
                f"the same call had the same result in step {first}: calling it again brings nothing new. "
                "Use what you have, or change the call"
            )
    return found


def call_key(tool: str, arguments: Any) -> str:
    """Equal for near-identical calls: letter case, spaces, Unicode forms and how a number is written do not count."""
    return json.dumps([tool, _plain(arguments)], sort_keys=True)


def _take(course: _Course, turn: Turn, resumed: Collection[int]) -> dict[str, int]:
    """Takes a turn's results in; returns the calls that repeat, with the step of the first."""
    if turn.step in resumed:
        course.forgive()
    repeated = {}
    for call_id, use in zip(turn.call_ids, turn.response.tool_uses, strict=True):
        result = turn.results.get(call_id)
        if result is None or _ran_and_failed(result):
            continue
        if result["error"] == RULE:
            course.refused = True
            continue
        first = course.add(call_key(use.name, use.arguments), _outcome(result), turn.step)
        if first is not None:
            repeated[call_id] = first
    return repeated


def _ran_and_failed(result: dict[str, Any]) -> bool:
    return not result["ok"] and result["arguments"] is not None


def _outcome(result: dict[str, Any]) -> str:
    parts = [result["ok"], result["by"], result["value"], result["error"], result["message"]]
    return json.dumps(parts, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _number(str(value))
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", str(value))).strip().casefold()
    return _number(text) if _NUMBER.fullmatch(text) else text


def _number(text: str) -> str:
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text
