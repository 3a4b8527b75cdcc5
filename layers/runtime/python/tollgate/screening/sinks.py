"""Which values of a call carry authority: the scalars of its sink groups, each with the format it is compared in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
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


def groups(tool: Tool, arguments: Mapping[str, Any]) -> list[list[Value]]:
    """The sink groups that the call fills, without what the manifest itself decides. Empty groups are left out."""
    found = [[value for name in group for value in values(tool, name, arguments)] for group in tool.sinks]
    return [group for group in found if group]


def values(tool: Tool, name: str, arguments: Mapping[str, Any]) -> list[Value]:
    """Every scalar of one argument; none where it is absent, empty, or fixed by the manifest (its default or const)."""
    if name not in arguments or _is_fixed(tool, name, arguments[name]):
        return []
    kind, currency = kind_of(tool.formats.get(name), arguments)
    names, verbs = _names(tool.name, name)
    return [
        Value(at, name, raw, kind, names, verbs, currency) for at, raw in scalars(arguments[name], pointer.join([name]))
    ]


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


def _is_fixed(tool: Tool, name: str, value: Any) -> bool:
    schema = tool.input_schema.get("properties", {}).get(name)
    if not isinstance(schema, dict):
        return False
    fixed = [schema[word] for word in ("default", "const") if word in schema]
    if len(schema.get("enum", ())) == 1:
        fixed.append(schema["enum"][0])
    return any(type(value) is type(known) and value == known for known in fixed)


@lru_cache(maxsize=4096)
def _names(tool_name: str, argument: str) -> tuple[frozenset[str], frozenset[str]]:
    verb, *nouns = words(tool_name)
    return frozenset(significant([*words(argument), *nouns])), frozenset([verb])
