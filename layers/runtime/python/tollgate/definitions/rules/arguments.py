"""Sinks, formats, owner and the card's summary name arguments that exist and can hold what is said of them."""

from collections.abc import Iterator
from string import Formatter
from typing import Any

from tollgate.definitions.json_schema import locations
from tollgate.definitions.load import ToolFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.pointer import child
from tollgate.definitions.problem import Problem
from tollgate.definitions.schema_tree import Schema

ALL_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class Arguments:
    """What a tool's input schema declares at its root, compositions and references included."""

    def __init__(self, schema: Schema) -> None:
        root = locations(schema)[0]
        self.names = root.declared()
        self.open = root.outermost.get("additionalProperties") not in (None, False) or root.patterned()
        self.required = set(root.outermost.get("required", []))
        self.members = list(root.members.values())

    def has(self, name: str) -> bool:
        """Whether a call may carry this argument."""
        return self.open or name in self.names

    def instead_of(self, name: str) -> str:
        """What to write for a name that is none of them."""
        declared = f"`{name}: {{...}}` in `properties` of its `input_schema`, which names none"
        return suggestion(name, self.names, declared)

    def schemas(self, name: str) -> list[Any]:
        """Everything that is said about one argument."""
        return [part["properties"][name] for part in self.members if name in part.get("properties", {})]

    def types(self, name: str) -> frozenset[str]:
        """The JSON types that the argument may have; all when nothing is said."""
        said = [types_of(schema) for schema in self.schemas(name)]
        return frozenset.intersection(ALL_TYPES, *said)


def types_of(schema: Any) -> frozenset[str]:
    """The types that one schema names; `number` includes `integer`."""
    said = schema.get("type") if isinstance(schema, dict) else None
    names = frozenset([said] if isinstance(said, str) else said or ALL_TYPES)
    return names | {"integer"} if "number" in names else names


def problems(tool: ToolFile) -> Iterator[Problem]:
    """Every name that the manifest uses and its schema does not declare."""
    arguments = Arguments(tool.manifest.input_schema)
    for group, names in enumerate(tool.manifest.sinks):
        if not names:
            yield tool.source.problem(
                f"/sinks/{group}", "an empty group of sinks guards nothing", "`[vendor_id, iban]`"
            )
    for at, name in _names(tool):
        if not arguments.has(name):
            message = f"there is no argument `{name}` in `input_schema`"
            yield tool.source.problem(at, message, arguments.instead_of(name))
    yield from _formats(tool, arguments)
    yield from _summary(tool, arguments)


def _names(tool: ToolFile) -> Iterator[tuple[str, str]]:
    for group, names in enumerate(tool.manifest.sinks):
        yield from ((f"/sinks/{group}/{index}", name) for index, name in enumerate(names))
    for name, form in tool.manifest.formats.items():
        yield child("/formats", name), name
        if isinstance(form, dict):
            yield from ((child("/formats", name), currency) for currency in form.values())
    if tool.manifest.owner:
        yield "/owner/argument", tool.manifest.owner.argument


def _formats(tool: ToolFile, arguments: Arguments) -> Iterator[Problem]:
    for name, form in tool.manifest.formats.items():
        wanted = {"string", "number"} if isinstance(form, dict) else {"string"}
        types = arguments.types(name) if name in arguments.names else ALL_TYPES
        if not types & wanted:
            label = "decimal" if isinstance(form, dict) else form
            message = f"`{name}` has the format {label}, but its type is {' or '.join(sorted(types))}"
            yield tool.source.problem(child("/formats", name), message, f"`type: {min(wanted)}` for `{name}`")


def _summary(tool: ToolFile, arguments: Arguments) -> Iterator[Problem]:
    summary = tool.manifest.summary
    if summary is None:
        return
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(summary)]
    except ValueError as error:
        yield tool.source.problem(
            "/summary", f"the summary has unmatched braces ({error})", "`{name}`, or `{{` for a brace"
        )
        return
    for name, spec, conversion in fields:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            yield tool.source.problem("/summary", f"`{{{shown}}}` is more than an argument's name", "`{name}` alone")
        elif not arguments.has(name):
            message = f"the summary names `{name}`, which is no argument"
            yield tool.source.problem("/summary", message, arguments.instead_of(name))
