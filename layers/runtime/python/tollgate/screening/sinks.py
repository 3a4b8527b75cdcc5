"""Which values of a call carry authority: the scalars of its sink groups, each with the format it is compared in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tollgate.canonical import digest
from tollgate.definitions import pointer
from tollgate.models.tool import Format, Tool
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

    @cached_property
    def canonical(self) -> str | None:
        """The one written form, or None for what can be vouched for by nothing."""
        return forms.canonical(self.kind, self.raw)

    def __hash__(self) -> int:
        """Of the fields that tell values apart; the others follow from them or differ rarely."""
        return hash((self.pointer, self.raw, self.kind))


@dataclass(frozen=True, slots=True)
class _Argument:
    """What a manifest says about one argument; `fixed` are the values that it decides itself."""

    pointer: str
    declared: Format | None
    names: frozenset[str]
    verbs: frozenset[str]
    fixed: tuple[Any, ...]


def groups(tool: Tool, arguments: Mapping[str, Any]) -> list[list[Value]]:
    """The sink groups that the call fills, without what the manifest itself decides. Empty groups are left out."""
    found = [[value for name in group for value in values(tool, name, arguments)] for group in tool.sinks]
    return [group for group in found if group]


def values(tool: Tool, name: str, arguments: Mapping[str, Any]) -> list[Value]:
    """Every scalar of one argument; none where it is absent, empty, or fixed by the manifest (its default or const)."""
    if name not in arguments:
        return []
    given, said = arguments[name], _argument(tool, name)
    if any(type(given) is type(known) and given == known for known in said.fixed):
        return []
    kind, currency = kind_of(said.declared, arguments)
    return [Value(at, name, raw, kind, said.names, said.verbs, currency) for at, raw in scalars(given, said.pointer)]


def every(tool: Tool, arguments: Mapping[str, Any]) -> list[Value]:
    """Every scalar of every argument, sinks or not."""
    return [value for name in arguments for value in values(tool, name, arguments)]


def kind_of(declared: Format | None, arguments: Mapping[str, Any]) -> tuple[str, str | None]:
    """The format's name, and for a decimal the currency that the call names."""
    if isinstance(declared, dict):
        currency = arguments.get(declared["decimal"])
        return "decimal", currency if isinstance(currency, str) and currency else None
    return declared or "text", None


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
        said = _Argument(pointer.join([name]), tool.formats.get(name), names, frozenset([verb]), _fixed(tool, name))
        kept = _known[id(tool), name] = (tool, said)
    return kept[1]


def _fixed(tool: Tool, name: str) -> tuple[Any, ...]:
    """The argument's default and const, and its only enum value."""
    schema = tool.input_schema.get("properties", {}).get(name)
    if not isinstance(schema, dict):
        return ()
    only = schema["enum"] if len(schema.get("enum", ())) == 1 else []
    return (*(schema[word] for word in ("default", "const") if word in schema), *only)
