"""EventBridge's rules: which function a change of an execution's status, or the clock, starts."""

import json
import re
from dataclasses import dataclass
from typing import Any

from local.template.assembly import Document
from local.template.scope import Scope
from local.template.unsupported import UnsupportedTemplateError

RULE = "AWS::Events::Rule"
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_TARGET_KEYS = {"Arn", "Id", "Input", "RetryPolicy", "DeadLetterConfig"}


@dataclass(frozen=True)
class Rule:
    """Starts the function on each event that `pattern` matches, or every so many seconds; `input` replaces it."""

    name: str
    function_arn: str
    pattern: Document | None
    every_seconds: float | None
    input: str | None = None

    def matches(self, event: Document) -> bool:
        """Whether the pattern holds for the event; a rule with a schedule matches none."""
        return self.pattern is not None and _matches(self.pattern, event)


def rules(root: Scope) -> tuple[Rule, ...]:
    """Every enabled rule, once per target."""
    return tuple(
        rule
        for scope in root.tree()
        for logical_id, properties in scope.of_type(RULE)
        if properties.get("State", "ENABLED") == "ENABLED"
        for rule in _rules(f"{scope.path}/{logical_id} ({RULE})", scope.name_of(logical_id), properties)
    )


def _rules(where: str, name: str, properties: Document) -> list[Rule]:
    pattern = properties.get("EventPattern")
    if pattern is not None:
        _check_pattern(where, pattern)
    schedule = properties.get("ScheduleExpression")
    every = _every_seconds(where, schedule) if schedule else None
    return [
        Rule(name, _function_arn(where, target), pattern, every, target.get("Input"))
        for target in properties.get("Targets", [])
    ]


def _every_seconds(where: str, schedule: str) -> int:
    match = _RATE.fullmatch(schedule)
    if not match:
        raise UnsupportedTemplateError(
            f"{where}: the schedule {schedule!r} does not run locally; write rate(5 minutes)"
        )
    return int(match[1]) * _SECONDS[match[2]]


def _function_arn(where: str, target: Document) -> str:
    unknown = sorted(target.keys() - _TARGET_KEYS)
    if unknown or ":function:" not in target["Arn"]:
        raise UnsupportedTemplateError(f"{where}: target {json.dumps(target)} is not simply a function")
    return str(target["Arn"])


def _check_pattern(where: str, pattern: Any) -> None:
    for key, wanted in pattern.items():
        if isinstance(wanted, dict):
            _check_pattern(where, wanted)
        elif not isinstance(wanted, list) or any(isinstance(value, dict) for value in wanted):
            raise UnsupportedTemplateError(
                f"{where}: the pattern {key}: {json.dumps(wanted)} is not a list of exact values"
            )


def _matches(pattern: Document, event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    return all(
        _matches(wanted, event.get(key)) if isinstance(wanted, dict) else event.get(key) in wanted
        for key, wanted in pattern.items()
    )
