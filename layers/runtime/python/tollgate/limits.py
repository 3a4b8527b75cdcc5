"""Which limit, if any, forbids the next step. Read from the tables, never from the state machine's data."""

from tollgate.models.execution import Execution, LimitReason

HISTORY_EVENTS = 20_000
"""Step Functions fails an execution at 25,000 events; the rest is kept for winding down.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

LEAST_SECONDS = 1.0
"""A task with less time left than this is not started."""


def time_limit(execution: Execution, now: float) -> LimitReason | None:
    """`deadline` or `active_seconds` when too little of it is left to start anything."""
    if execution.deadline_at - now < LEAST_SECONDS:
        return "deadline"
    if execution.limits.active_seconds - execution.active_seconds(now) < LEAST_SECONDS:
        return "active_seconds"
    return None


def step_limit(execution: Execution, step: int, now: float) -> LimitReason | None:
    """The limit that forbids a model call for `step`, budgets aside."""
    if execution.stopping:
        return execution.stopping
    if step > execution.limits.steps:
        return "steps"
    if execution.history_events >= HISTORY_EVENTS:
        return "history"
    if execution.tool_failures >= execution.limits.tool_failures:
        return "tool_failures"
    return time_limit(execution, now)


def remaining_seconds(execution: Execution, now: float) -> float:
    """How long a task may still work: the nearer of active time and deadline."""
    active = execution.limits.active_seconds - execution.active_seconds(now)
    return max(0.0, min(active, execution.deadline_at - now))
