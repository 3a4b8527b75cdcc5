"""`above`, `below` and `ceiling` compare arguments that exist and are numbers."""

from collections.abc import Collection, Iterator

from tollgate.definitions.load import AgentFile, ToolFile
from tollgate.definitions.pointer import child
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.arguments import Arguments


def bound_problems(agent: AgentFile, pointer: str, tool: ToolFile, bounds: Collection[str]) -> Iterator[Problem]:
    """A text argument counts as a number when its format is decimal."""
    arguments = Arguments(tool.manifest.input_schema)
    for name in bounds:
        if not arguments.has(name):
            message = f"`{tool.manifest.name}` has no argument `{name}`"
            yield agent.source.problem(child(pointer, name), message, arguments.instead_of(name))
        elif name in arguments.names and not _numeric(tool, arguments, name):
            message = f"the argument `{name}` of `{tool.manifest.name}` is not a number"
            advice = f"`type: number`, or `formats: {{{name}: {{decimal: <currency argument>}}}}` in its manifest"
            yield agent.source.problem(child(pointer, name), message, advice)


def _numeric(tool: ToolFile, arguments: Arguments, name: str) -> bool:
    if isinstance(tool.manifest.formats.get(name), dict):
        return True
    return arguments.types(name) <= {"number", "integer"}
