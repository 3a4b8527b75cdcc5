"""Which fields of an execution are personal: the agent's `personal_fields`, resolved for its input and for each tool.

A pointer holds for the input and for the output of every tool, from the root of each. Where its first part is the name
of one of the agent's tools it holds for that tool's output only, from there on. `*` is any key or index.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tollgate.definitions import pointer as pointers
from tollgate.redaction.mask import mask
from tollgate.redaction.written_forms import as_written

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A place in one document, and the label that the agent's file gives it."""

    label: str
    parts: Parts


@dataclass(frozen=True)
class PersonalFields:
    """The declared pointers and the names of the agent's tools, as they were when the request was admitted."""

    declared: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.declared)

    def of_input(self) -> list[Field]:
        """The places in the request's input."""
        return [field for field in self._fields() if field.parts[0] not in self.tools]

    def of_output(self, tool: str) -> list[Field]:
        """The places in what this tool returns; no parts is the whole output."""
        own = [Field(f.label, f.parts[1:]) for f in self._fields() if f.parts[0] == tool and tool in self.tools]
        return [*self.of_input(), *own]

    def _fields(self) -> Iterator[Field]:
        for declared in self.declared:
            parts = tuple(pointers.split(declared))
            if parts:
                yield Field(f"personal field {declared}", parts)


def values_at(fields: Sequence[Field], document: Any) -> dict[str, str]:
    """Every text and number at these places, as it would be written, with its label."""
    return {
        as_written(leaf): field.label
        for field in fields
        for found in _at(field.parts, document)
        for leaf in _leaves(found)
    }


def masked_at(fields: Sequence[Field], document: Any) -> Any:
    """The document with every value at these places masked, however short; the structure stays, null and empty too."""
    for field in fields:
        document = _masked(field.parts, document, field.label)
    return document


def _at(parts: Parts, document: Any) -> Iterator[Any]:
    if not parts:
        yield document
        return
    for _, inner in _children(parts[0], document):
        yield from _at(parts[1:], inner)


def _masked(parts: Parts, document: Any, label: str) -> Any:
    if not parts:
        return _all_masked(document, label)
    changed = {key: _masked(parts[1:], inner, label) for key, inner in _children(parts[0], document)}
    if isinstance(document, dict):
        return document | changed
    return [changed.get(index, item) for index, item in enumerate(document)] if changed else document


def _children(part: str, document: Any) -> list[tuple[Any, Any]]:
    if isinstance(document, dict):
        return list(document.items()) if part == "*" else [(part, document[part])] if part in document else []
    if isinstance(document, list):
        if part == "*":
            return list(enumerate(document))
        if part.isascii() and part.isdigit() and int(part[:9]) < len(document):
            return [(int(part[:9]), document[int(part[:9])])]
    return []


def _all_masked(value: Any, label: str) -> Any:
    if isinstance(value, dict):
        return {key: _all_masked(inner, label) for key, inner in value.items()}
    if isinstance(value, list):
        return [_all_masked(inner, label) for inner in value]
    return value if value is None or value == "" else mask(label)


def _leaves(value: Any) -> Iterator[str | int | float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
