"""A waiver is for a listed effect whose manifest leaves it to policy, and its review date is ahead."""

from collections.abc import Iterator
from datetime import date, timedelta

from tollgate.definitions.load import AgentFile, Definitions
from tollgate.definitions.pointer import child
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.bounds import bound_problems
from tollgate.definitions.rules.tool_list import listed_instead

NEAR = timedelta(days=30)


def problems(agent: AgentFile, found: Definitions, today: date) -> Iterator[Problem]:
    """What makes a waiver void or soon void."""
    for name, waiver in agent.definition.waivers.items():
        pointer = child("/waivers", name)
        yield from _dates(agent, child(pointer, "review_by"), name, waiver.review_by, today)
        if name not in agent.definition.tools:
            message = f"a waiver for `{name}`, which this agent does not list"
            yield agent.source.problem(pointer, message, listed_instead(name, agent))
        elif tool := found.tools.get(name):
            manifest = tool.manifest
            if not manifest.is_effect:
                yield agent.source.problem(
                    pointer, f"a waiver for `{name}`, which only reads and never asks", "no waiver"
                )
            elif manifest.approval_policy != "auto":
                message = f"a waiver for `{name}`, whose manifest says `approval: {manifest.approval_policy}`"
                yield agent.source.problem(pointer, message, f"`approval: auto` in {tool.source.file}, or no waiver")
            yield from bound_problems(agent, child(pointer, "below"), tool, waiver.below)


def _dates(agent: AgentFile, pointer: str, name: str, review_by: date, today: date) -> Iterator[Problem]:
    if review_by < today:
        message = f"the waiver for `{name}` was due for review on {review_by}"
        yield agent.source.problem(pointer, message, "a new date after the review, or no waiver")
    elif review_by - today <= NEAR:
        days = (review_by - today).days
        when = "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"
        message = f"the waiver for `{name}` is due for review {when}"
        yield agent.source.problem(pointer, message, "a new date after the review", "warning")
