"""Which values of a call carry authority: the scalars of its sink groups, each with the format it is compared in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from tollgate.canonical import digest
from tollgate.definitions import pointer
from tollgate.models.tool import Format, Tool
from tollgate.screening.formats import currency as currencies
from tollgate.screening.formats import forms
from tollgate.screening.words import significant, words


@dataclass(frozen=True)
class Value:
    """One scalar of an argument. `names` and `verbs` are words that may stand before it in a sentence."""

    pointer: str
    argument: str
    raw: str | int | float | bool
    kind: str
    names: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    currency: str | None = None
    """Of an amount whose manifest has an argument for it: empty where the call does not say it, None without such."""

    @cached_property
    def canonical(self) -> str | None:
        """The one written form, or None for what can be vouched for by nothing."""
        return forms.canonical(self.kind, self.raw)

    def __hash__(self) -> int:
        """Of the fields that tell values apart; the others follow from them or differ rarely."""
        return hash((self.pointer, self.raw, self.kind))


@dataclass(frozen=True, slots=True)
class _Argument:
    """What a manifest says about one argument. `fixed` are the values and `keys` the names that it decides itself."""

    pointer: str
    declared: Format | None
    kind: str
    names: frozenset[str]
    verbs: frozenset[str]
    fixed: tuple[Any, ...]
    keys: frozenset[str]


def groups(tool: Tool, arguments: Mapping[str, Any]) -> list[list[Value]]:
    """The sink groups that the call fills, without what the manifest itself decides. Empty groups are left out."""
    return grouped(tool, {name: values(tool, name, arguments) for name in arguments}, arguments)


def grouped(tool: Tool, found: Mapping[str, Sequence[Value]], arguments: Mapping[str, Any]) -> list[list[Value]]:
    """The same from values that were read before. In a list of objects every object is a group of its own."""
    filled = []
    for group in tool.sinks:
        rows = [name for name in group if _is_rows(arguments.get(name))]
        shared = [value for name in group if name not in rows for value in found.get(name, ())]
        apart = [list(row) for name in rows for _, row in groupby(found.get(name, ()), key=_row)]
        filled += [[*shared, *row] for row in apart] if apart else [shared]
    return [group for group in filled if group]


def _is_rows(given: Any) -> bool:
    return isinstance(given, list) and any(isinstance(element, dict) for element in given)


def _row(value: Value) -> str:
    """Argument and index: the first two steps of the pointer."""
    return "/".join(value.pointer.split("/", 3)[:3])


def values(tool: Tool, name: str, arguments: Mapping[str, Any]) -> list[Value]:
    """Every scalar of one argument; none where it is absent, empty, or fixed by the manifest (its default or const).

    A key of an object is one too, unless the schema declares it: then it is the manifest's word, not the model's.
    """
    if name not in arguments:
        return []
    given, said = arguments[name], _argument(tool, name)
    if any(type(given) is type(known) and given == known for known in said.fixed):
        return []
    kind, currency = said.kind, _currency(tool, said.declared, arguments)
    found = (
        scalars(given, said.pointer) if not isinstance(given, dict | list) else chosen(given, said.pointer, said.keys)
    )
    return [Value(at, name, raw, kind, said.names, said.verbs, currency) for at, raw in found]


def every(tool: Tool, arguments: Mapping[str, Any]) -> list[Value]:
    """Every scalar of every argument, sinks or not."""
    return [value for name in arguments for value in values(tool, name, arguments)]


def declared_names(tool: Tool, name: str) -> frozenset[str]:
    """The names that the manifest's schema gives to arguments and to what is inside them."""
    return _argument(tool, name).keys


def kind_of(declared: Format | None) -> str:
    """The format's name."""
    return "decimal" if isinstance(declared, dict) else declared or "text"


def _currency(tool: Tool, declared: Format | None, arguments: Mapping[str, Any]) -> str | None:
    """The currency that a decimal is in: as the call or its schema's default says, empty where neither does."""
    if not isinstance(declared, dict):
        return None
    name = declared["decimal"]
    fixed = _argument(tool, name).fixed if name not in arguments else ()
    said = fixed[0] if fixed else arguments.get(name)
    return currencies.canonical(said.strip()) or said.strip().upper() if isinstance(said, str) else ""


def chosen(value: Any, at: str, known: frozenset[str]) -> Iterator[tuple[str, str | int | float | bool]]:
    """The scalars below a value and the keys that are not `known`, in their order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = pointer.child(at, key)
            if key not in known:
                yield below, key
            yield from chosen(inner, below, known)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from chosen(inner, pointer.child(at, index), known)
    else:
        yield from scalars(value, at)


def scalars(value: Any, at: str) -> Iterator[tuple[str, str | int | float | bool]]:
    """The scalars below a value with their pointers; null and empty text say nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, pointer.child(at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from scalars(inner, pointer.child(at, index))
    elif value is not None and value != "":
        yield at, value


def refusal_key(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """Equal for two calls of a tool that carry the same authority, whatever their other text."""
    filled = groups(tool, arguments) if tool.sinks else [every(tool, arguments)]
    return digest([tool.name, sorted({(v.argument, v.canonical or str(v.raw)) for group in filled for v in group})])


_known: dict[tuple[int, str], tuple[Tool, _Argument]] = {}
"""By identity: a registry's manifests live as long as the process."""


def _argument(tool: Tool, name: str) -> _Argument:
    """Read from the manifest once per process."""
    kept = _known.get((id(tool), name))
    if kept is None or kept[0] is not tool:
        verb, *nouns = words(tool.name)
        names = frozenset(significant([*words(name), *nouns]))
        said = _Argument(
            pointer.join([name]),
            tool.formats.get(name),
            "currency" if {"decimal": name} in tool.formats.values() else kind_of(tool.formats.get(name)),
            names,
            frozenset([verb]),
            _fixed(tool, name),
            frozenset(_declared(tool.input_schema)),
        )
        kept = _known[id(tool), name] = (tool, said)
    return kept[1]


def _declared(schema: Any) -> Iterator[str]:
    """Every property name that a schema declares, at any depth."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield from node["properties"] if isinstance(node.get("properties"), dict) else ()
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _fixed(tool: Tool, name: str) -> tuple[Any, ...]:
    """The argument's default and const, and its only enum value."""
    schema = tool.input_schema.get("properties", {}).get(name)
    if not isinstance(schema, dict):
        return ()
    only = schema["enum"] if len(schema.get("enum", ())) == 1 else []
    return (*(schema[word] for word in ("default", "const") if word in schema), *only)
