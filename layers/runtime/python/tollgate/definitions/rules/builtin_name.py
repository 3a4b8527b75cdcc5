"""A tool of Tollgate's own has its name for itself: what the model reads about it must be what runs."""

from collections.abc import Iterator

from tollgate.definitions import builtin
from tollgate.definitions.load import AgentFile, ToolFile
from tollgate.definitions.problem import Problem


def tool_problems(tool: ToolFile) -> Iterator[Problem]:
    """Refuses another tool of such a name."""
    name = tool.manifest.name
    if name in builtin.names() and not builtin.is_own(tool.folder):
        yield tool.source.problem("/name", f"`{name}` is the name of one of Tollgate's own tools", "another name")


def agent_problems(agent: AgentFile) -> Iterator[Problem]:
    """Refuses an agent that lists one: it is offered when there is something for it to do, and needs no listing."""
    for index, name in enumerate(agent.definition.tools):
        if name in builtin.names():
            message = f"`{name}` is Tollgate's own and offered by itself"
            yield agent.source.problem(f"/tools/{index}", message, "the list without it")
