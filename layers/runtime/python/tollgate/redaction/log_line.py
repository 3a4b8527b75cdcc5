"""A line of a log without what may not be in it. A line that is JSON stays JSON."""

import json
from collections.abc import Sequence
from typing import Any

from tollgate.redaction.redactor import Redactor

METRICS = "_aws"
"""The member that makes a line a metric: CloudWatch's embedded metric format."""


def masked_line(text: str, redactors: Sequence[Redactor]) -> str:
    """Lines of JSON by their members, everything else as one text; what holds nothing comes back as it was."""
    body = text.rstrip("\n")
    if body.startswith("{"):
        return "\n".join(_member_by_member(line, redactors) for line in body.split("\n")) + text[len(body) :]
    return _as_text(text, redactors)


def _member_by_member(line: str, redactors: Sequence[Redactor]) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return _as_text(line, redactors)
    shown = value
    for redactor in redactors:
        shown = _metrics(shown, redactor) if METRICS in shown else redactor.value(shown)
    return line if shown == value else json.dumps(shown, ensure_ascii=False)


def _metrics(value: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """A line of metrics keeps its numbers, which a personal number may equal by chance, and its own description."""
    kept = (int, float, list)
    return {
        key: item if key == METRICS or isinstance(item, kept) else redactor.value(item) for key, item in value.items()
    }


def _as_text(text: str, redactors: Sequence[Redactor]) -> str:
    for redactor in redactors:
        text = redactor.text(text)
    return text
