"""Schemas that admit only what they declare: `additionalProperties: false` is the default at every level.

JSON Schema is open unless told otherwise, so a misspelt or smuggled argument passes. `closed` turns that round
without changing what a composition means. The unit is the *location*: one place in the instance, together with
every schema that describes it in place (`allOf`, `anyOf`, `oneOf`, `then`, `else`, `dependentSchemas`, `$ref`).
A location that only its own schema describes gets `additionalProperties: false`; one that several describe gets
`unevaluatedProperties: false` at the outermost, which sees through all of them (JSON Schema 2020-12, core 11.3).
What the author wrote stays: a location that says either keyword is left alone. Nothing is closed inside `not`,
`if`, `contains` and `propertyNames`, where closing would change which instances match.
"""

import copy
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from tollgate.definitions import schema_tree as tree
from tollgate.definitions.schema_tree import Schema

Use = Literal["tool_input", "builtin_input", "agent_input", "output", "condition"]
"""A condition is only asked about a value, so nothing of it is closed."""
_CLOSERS = ("additionalProperties", "unevaluatedProperties")


@dataclass(frozen=True)
class Location:
    """One place in the instance: the outermost schema's pointer, and all schemas that describe the same place."""

    pointer: str
    members: dict[str, Schema]

    @property
    def outermost(self) -> Schema:
        return self.members[self.pointer]

    def speakers(self) -> list[str]:
        """Pointers of the members that say something about properties."""
        words = (*tree.CHILD_MAPS, *_CLOSERS)
        return [pointer for pointer, schema in self.members.items() if any(word in schema for word in words)]

    def declared(self) -> set[str]:
        """Every property that some member declares."""
        return {name for schema in self.members.values() for name in schema.get("properties", {})}

    def required(self) -> set[str]:
        """Every property that some member may require."""
        return {name for schema in self.members.values() for name in schema.get("required", [])}

    def patterned(self) -> bool:
        """Whether some member declares properties by pattern."""
        return any(schema.get("patternProperties") for schema in self.members.values())

    def open_by_author(self) -> bool:
        """Whether the author said what other properties may be."""
        return any(word in self.outermost for word in _CLOSERS)


def closed(schema: Schema, use: Use) -> Schema:
    """A copy with every describing location closed unless its author said otherwise.

    The schema must have passed `schema_problems`: local references that lead somewhere, no loop in place.
    """
    result = copy.deepcopy(schema)
    if use in ("tool_input", "builtin_input", "agent_input"):
        result.setdefault("type", "object")
    for location in to_close(result, use):
        alone = location.speakers() in ([], [location.pointer])
        location.outermost["additionalProperties" if alone else "unevaluatedProperties"] = False
    return result


def to_close(schema: Schema, use: Use) -> list[Location]:
    """The locations that the default applies to."""
    found = locations(schema)
    shared = contested(found)
    return [location for location in found if location.pointer not in shared and _applies(location, use)]


def locations(schema: Schema) -> list[Location]:
    """Every location, the root first; definitions are none until something refers to them."""
    parts = dict(tree.subschemas(schema))
    roots = [""] + [
        at
        for pointer, part in tree.describing(schema)
        if isinstance(part, dict)
        for _, at, child in tree.slots(part, pointer)
        if isinstance(child, dict)
    ]
    return [Location(pointer, _members(parts, pointer)) for pointer in roots]


def contested(found: list[Location]) -> set[str]:
    """Locations that cannot be closed by themselves: a schema elsewhere describes the same place too.

    `allOf: [{properties: {a: X}}, {properties: {a: Y}}]` describes `a` twice, and neither X nor Y sees the other.
    """
    outermost = {location.pointer: location for location in found}
    result: set[str] = set()
    for location in found:
        speakers = [name for name in location.speakers() if name != location.pointer or len(location.members) > 1]
        if len(speakers) > 1:
            result.update(name for name in speakers if name in outermost and name != location.pointer)
        for rivals in _rivals(location).values():
            describing = [name for name in rivals if name in outermost and outermost[name].declared()]
            result.update(describing if len(describing) > 1 else [])
    return result


def _rivals(location: Location) -> dict[str, list[str]]:
    """The members' parts one level down, by slot."""
    result: dict[str, list[str]] = defaultdict(list)
    for pointer, member in location.members.items():
        for slot, at, _ in tree.slots(member, pointer):
            result[slot].append(at)
    return result


def _members(parts: dict[str, Any], pointer: str) -> dict[str, Schema]:
    members: dict[str, Schema] = {}
    pending = [pointer]
    while pending:
        at = pending.pop()
        if at not in members and isinstance(parts[at], dict):
            members[at] = parts[at]
            pending.extend(tree.applied(parts, at))
    return members


def _applies(location: Location, use: Use) -> bool:
    if location.open_by_author() or use == "condition":
        return False
    if use == "output" and location.required() - location.declared() and not location.patterned():
        return False
    return bool(location.declared()) or (use == "tool_input" and location.pointer == "")
