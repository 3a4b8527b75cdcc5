"""Whether definitions may be deployed: every problem of every file, and of what files say about each other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from tollgate.clock import SystemClock
from tollgate.definitions import not_yet
from tollgate.definitions.load import AgentFile, Definitions, Roots, ToolFile, load
from tollgate.definitions.problem import Problem, errors
from tollgate.definitions.rules import (
    approvals,
    arguments,
    attempts,
    builtin_name,
    call_limits,
    checks,
    effect,
    environment,
    fallback,
    handler,
    kinds,
    limits,
    model_alias,
    permissions,
    personal_fields,
    schemas,
    tool_list,
    waivers,
)
from tollgate.definitions.stage import StageSettings


def check(roots: Roots, settings: StageSettings | None = None, today: date | None = None) -> list[Problem]:
    """All problems, errors and warnings, in the order of files and lines."""
    return check_loaded(load(roots), settings, today)


def check_loaded(found: Definitions, settings: StageSettings | None = None, today: date | None = None) -> list[Problem]:
    """The same for definitions that are already loaded. Model aliases are checked when settings are given."""
    day = today or datetime.fromtimestamp(SystemClock().now(), UTC).date()
    problems = set(found.problems)
    problems.update(problem for tool in list(found.tools.values()) for problem in _schema(tool, found))
    problems.update(problem for tool in found.tools.values() for problem in _tool(tool, found))
    problems.update(problem for agent in found.agents.values() for problem in _agent(agent, found, settings, day))
    for workflow in found.workflows.values():
        problems.update((*schemas.workflow_problems(workflow), *not_yet.problems(workflow.source, "workflow")))
    return sorted(problems)


def _schema(tool: ToolFile, found: Definitions) -> list[Problem]:
    """A tool whose schema cannot be read takes no further part: other rules look into schemas."""
    problems = list(schemas.tool_problems(tool))
    if errors(problems):
        del found.tools[tool.manifest.name]
        found.broken.add(tool.manifest.name)
    return problems


def _tool(tool: ToolFile, found: Definitions) -> Iterator[Problem]:
    yield from builtin_name.tool_problems(tool)
    for rule in (arguments, effect, attempts, handler, permissions, environment, kinds):
        yield from rule.problems(tool)
    yield from fallback.problems(tool, found)
    yield from not_yet.problems(tool.source, "tool")


def _agent(agent: AgentFile, found: Definitions, settings: StageSettings | None, today: date) -> Iterator[Problem]:
    yield from schemas.agent_problems(agent)
    yield from tool_list.problems(agent, found)
    yield from builtin_name.agent_problems(agent)
    yield from waivers.problems(agent, found, today)
    yield from approvals.problems(agent, found)
    yield from call_limits.problems(agent, found)
    yield from checks.problems(agent)
    yield from limits.problems(agent)
    yield from personal_fields.problems(agent, found)
    yield from not_yet.problems(agent.source, "agent")
    if settings is not None:
        yield from model_alias.problems(agent, settings)
