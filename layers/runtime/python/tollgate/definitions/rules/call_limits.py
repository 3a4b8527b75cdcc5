"""Call limits bound tools that are listed, by arguments that are numbers, in hours that come and zones that exist."""

from collections.abc import Iterator

from tollgate.definitions.load import AgentFile, Definitions, ToolFile
from tollgate.definitions.nearest import nearest
from tollgate.definitions.pointer import child
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.arguments import Arguments
from tollgate.definitions.rules.bounds import bound_problems
from tollgate.definitions.rules.tool_list import listed_instead
from tollgate.models.call_limits import CallLimits, Hours
from tollgate.screening import time_zones


def problems(agent: AgentFile, found: Definitions) -> Iterator[Problem]:
    """Every limit that bounds nothing, or cannot be held."""
    for name, limits in agent.definition.call_limits.items():
        pointer = child("/call_limits", name)
        if name not in agent.definition.tools:
            message = f"limits for `{name}`, which this agent does not list"
            yield agent.source.problem(pointer, message, listed_instead(name, agent))
        elif tool := found.tools.get(name):
            yield from bound_problems(agent, child(pointer, "ceiling"), tool, limits.ceiling)
            yield from _currencies(agent, child(pointer, "ceiling"), tool, limits)
        yield from _empty(agent, pointer, name, limits)
        if limits.hours is not None:
            yield from _hours(agent, child(pointer, "hours"), limits.hours)


def _empty(agent: AgentFile, pointer: str, name: str, limits: CallLimits) -> Iterator[Problem]:
    if not limits.ceiling and limits.hours is None and limits.rate is None:
        message = f"the limits of `{name}` bound nothing"
        yield agent.source.problem(pointer, message, "`ceiling`, `hours` or `rate`, or no entry")
    for index, lifted in enumerate(limits.ask):
        if not getattr(limits, lifted):
            message = f"a person may lift `{lifted}`, which is not set"
            yield agent.source.problem(f"{pointer}/ask/{index}", message, f"a `{lifted}`, or no `{lifted}` in `ask`")


def _currencies(agent: AgentFile, pointer: str, tool: ToolFile, limits: CallLimits) -> Iterator[Problem]:
    """A ceiling by currency needs an argument that says the currency; one number for several is doubtful."""
    arguments = Arguments(tool.manifest.input_schema)
    for name, most in limits.ceiling.items():
        declared, at = tool.manifest.formats.get(name), child(pointer, name)
        currency = declared["decimal"] if isinstance(declared, dict) else None
        possible = _possible(arguments, currency) if currency else None
        if isinstance(most, dict):
            if not most:
                yield agent.source.problem(at, "a ceiling without a currency lets nothing pass", "`{EUR: 5000}`")
            elif currency is None:
                message = f"a ceiling by currency, but nothing says the currency of `{name}`"
                advice = f"`formats: {{{name}: {{decimal: <currency argument>}}}}` in its manifest, or one number"
                yield agent.source.problem(at, message, advice)
            for never in sorted(set(most) - possible) if possible else ():
                message = f"a ceiling in {never}, which `{currency}` of `{tool.manifest.name}` can never be"
                yield agent.source.problem(child(at, never), message, f"one of {', '.join(sorted(possible or ()))}")
        elif currency is not None and (possible is None or len(possible) > 1):
            message = f"one ceiling for `{name}` in every currency: {most:g} counts alike in EUR and JPY"
            yield agent.source.problem(at, message, f"`{{EUR: {most:g}}}`: other currencies are refused", "warning")


def _possible(arguments: Arguments, name: str) -> frozenset[str] | None:
    """The values that the schema allows for an argument; None where it allows any."""
    said = [schema for schema in arguments.schemas(name) if isinstance(schema, dict)]
    lists = [schema["enum"] for schema in said if "enum" in schema] + [[s["const"]] for s in said if "const" in s]
    sets = [frozenset(str(value).upper() for value in values) for values in lists]
    return frozenset.intersection(*sets) if sets else None


def _hours(agent: AgentFile, pointer: str, hours: Hours) -> Iterator[Problem]:
    if hours.time_zone not in time_zones.names():
        message = f"`{hours.time_zone}` is no IANA time zone"
        advice = f"`{nearest(hours.time_zone, time_zones.names()) or 'Europe/Berlin'}`"
        yield agent.source.problem(child(pointer, "time_zone"), message, advice)
    for index, window in enumerate(hours.open):
        if window.opens == window.closes:
            message = f"a window from {window.opens} to {window.closes} never opens"
            advice = "a later `closes`, or `00:00` to `24:00` for the whole day"
            yield agent.source.problem(f"{pointer}/open/{index}", message, advice)
