"""A fallback exists, ends, is no stronger, and accepts whatever arguments its tool accepts."""

from collections.abc import Iterator

from tollgate.definitions.load import Definitions, ToolFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.arguments import ALL_TYPES, Arguments
from tollgate.models.tool import EFFECT_STRENGTH


def problems(tool: ToolFile, found: Definitions) -> Iterator[Problem]:
    """What is wrong with the tool's fallback, the first cause only."""
    name = tool.manifest.fallback
    if name is None or name in found.broken:
        return
    if name == tool.manifest.name:
        yield tool.source.problem("/fallback", "the fallback is the tool itself", "another tool, or no `fallback`")
    elif name not in found.tools:
        advice = suggestion(name, set(found.tools) - {tool.manifest.name}, "no `fallback`: there is no other tool")
        yield tool.source.problem("/fallback", f"there is no tool `{name}`", advice)
    elif ring := _ring(tool, found):
        yield tool.source.problem(
            "/fallback", f"the fallbacks form a ring: {' -> '.join(ring)}", "a last tool without `fallback`"
        )
    else:
        yield from _weaker(tool, found.tools[name])
        yield from _accepting(tool, found.tools[name])


def _ring(tool: ToolFile, found: Definitions) -> list[str]:
    """The ring that the tool is part of, from the tool back to itself; empty when there is none."""
    start, path = tool.manifest.name, [tool.manifest.name]
    name = tool.manifest.fallback
    while name is not None and name in found.tools and name not in path:
        path.append(name)
        name = found.tools[name].manifest.fallback
    return [*path, start] if name == start else []


def _weaker(tool: ToolFile, other: ToolFile) -> Iterator[Problem]:
    here, there = tool.manifest.effect, other.manifest.effect
    if EFFECT_STRENGTH[there] > EFFECT_STRENGTH[here]:
        message = f"the fallback `{other.manifest.name}` has the effect {there}, which is stronger than {here}"
        yield tool.source.problem("/fallback", message, f"a tool whose effect is {here} or weaker")


def _accepting(tool: ToolFile, other: ToolFile) -> Iterator[Problem]:
    """Structural: names, requiredness, types and enums. Bounds and patterns show when the call is screened."""
    mine, theirs = Arguments(tool.manifest.input_schema), Arguments(other.manifest.input_schema)
    name = other.manifest.name
    for missing in sorted(theirs.required - mine.required):
        advice = f"`{missing}` in `required` here, or a fallback that does without it"
        how = "may lack" if missing in mine.names else "does not have"
        yield tool.source.problem("/fallback", f"`{name}` requires `{missing}`, which this tool {how}", advice)
    for surplus in sorted(name for name in mine.names if not theirs.has(name)):
        message = f"`{name}` does not accept the argument `{surplus}`"
        yield tool.source.problem("/fallback", message, f"`{surplus}` in its `input_schema`, or another fallback")
    for argument in sorted(mine.names & theirs.names):
        if reason := _mismatch(argument, mine, theirs):
            yield tool.source.problem("/fallback", f"`{name}` takes {reason}", "the same schema in both tools")


def _mismatch(argument: str, mine: Arguments, theirs: Arguments) -> str | None:
    surplus = mine.types(argument) - theirs.types(argument)
    if surplus:
        shown = "any type" if mine.types(argument) == ALL_TYPES else " or ".join(sorted(surplus))
        return f"`{argument}` as {' or '.join(sorted(theirs.types(argument)))}, but here it may be {shown}"
    allowed = _values(theirs, argument)
    given = _values(mine, argument)
    if allowed is not None and (given is None or any(value not in allowed for value in given)):
        return f"only some values of `{argument}`"
    return None


def _values(arguments: Arguments, name: str) -> list[object] | None:
    """The values that an enum or const allows; None when any is."""
    for schema in arguments.schemas(name):
        if isinstance(schema, dict) and "const" in schema:
            return [schema["const"]]
        if isinstance(schema, dict) and "enum" in schema:
            return list(schema["enum"])
    return None
