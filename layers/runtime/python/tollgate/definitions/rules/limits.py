"""Limits inside the range that has worked; outside it they are allowed, but on purpose."""

from collections.abc import Iterator

from tollgate.definitions.load import AgentFile
from tollgate.definitions.problem import Problem

LEAST_SUMMARY_TOKENS = 1_500
USUAL = {"tokens": (50_000, 200_000), "active_seconds": (900, 1_800)}


def problems(agent: AgentFile) -> Iterator[Problem]:
    """Mostly warnings: whether a limit is there at all is the model's business."""
    limits = agent.definition.limits
    if limits.summary_tokens and not LEAST_SUMMARY_TOKENS <= limits.summary_tokens <= limits.tokens // 2:
        message = f"`summary_tokens: {limits.summary_tokens}` is too little for a summary, or too much of `tokens`"
        advice = f"{LEAST_SUMMARY_TOKENS:,} to {limits.tokens // 2:,} (half of `tokens`), or 0 for none"
        yield agent.source.problem("/limits/summary_tokens", message, advice)
    for name, (low, high) in USUAL.items():
        value = getattr(limits, name)
        if not low <= value <= high:
            message = f"`{name}: {value}` is outside the usual range"
            yield agent.source.problem(f"/limits/{name}", message, f"{low:,} to {high:,}, unless measured", "warning")
    if limits.deadline_seconds < limits.active_seconds:
        message = "the deadline comes before the active seconds are used up"
        advice = f"at least {limits.active_seconds}, more if people must approve"
        yield agent.source.problem("/limits/deadline_seconds", message, advice, "warning")
