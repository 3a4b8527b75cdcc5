"""Limits inside the range that has worked; outside it they are allowed, but on purpose."""

from collections.abc import Iterator

from tollgate.definitions.load import AgentFile
from tollgate.definitions.problem import Problem

USUAL = {"tokens": (50_000, 200_000), "active_seconds": (900, 1_800)}


def problems(agent: AgentFile) -> Iterator[Problem]:
    """Warnings only: whether a limit is there at all is the model's business."""
    limits = agent.definition.limits
    for name, (low, high) in USUAL.items():
        value = getattr(limits, name)
        if not low <= value <= high:
            message = f"`{name}: {value}` is outside the usual range"
            yield agent.source.problem(f"/limits/{name}", message, f"{low:,} to {high:,}, unless measured", "warning")
    if limits.deadline_seconds < limits.active_seconds:
        message = "the deadline comes before the active seconds are used up"
        advice = f"at least {limits.active_seconds}, more if people must approve"
        yield agent.source.problem("/limits/deadline_seconds", message, advice, "warning")
