"""What an admission check is given and what it may find."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.models.verdict import Reason

Severity = Literal["flag", "reject"]


@dataclass(frozen=True)
class AdmissionCase:
    """One request. `cleaned` is the input as a person sees it; `tools` are those that the agent lists."""

    agent: Agent
    tools: Mapping[str, ToolEntry]
    input: dict[str, Any]
    cleaned: dict[str, Any]
    principal: Principal


@dataclass(frozen=True)
class Finding:
    """What a check holds against the request. `violation` is set where one place in the input is wrong."""

    severity: Severity
    reason: Reason
    violation: Mapping[str, str] | None = None


def rejected(rule: str, message: str, violation: Mapping[str, str] | None = None, **details: Any) -> Finding:
    """The request does not start."""
    return Finding("reject", Reason(rule=rule, message=message, **details), violation)


def flagged(rule: str, message: str, **details: Any) -> Finding:
    """The request starts, marked untrusted: every effect asks."""
    return Finding("flag", Reason(rule=rule, message=message, **details))
