"""Schemas that admit only what they declare: `additionalProperties: false` is the default at every level.

JSON Schema is open unless told otherwise, so a misspelt or smuggled argument passes. `closed` turns that round
without changing what a composition means. The unit is the *location*: one place in the instance, together with
every schema that applies to it in place (`allOf`, `anyOf`, `oneOf`, `then`, `else`, `dependentSchemas`, `$ref`).
A location that only its own schema describes gets `additionalProperties: false`; one that several describe gets
`unevaluatedProperties: false` at the outermost, which sees through all of them (JSON Schema 2020-12, core 11.3).
What the author wrote stays: a location that says either keyword is left alone. Nothing is closed inside `not`,
`if`, `contains` and `propertyNames`, where closing would change which instances match.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tollgate.definitions import pointer as pointers

Schema = dict[str, Any]
Use = Literal["tool_input", "agent_input", "output"]

IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE_ONE = ("then", "else")
IN_PLACE_MAPS = ("dependentSchemas",)
CHILD_MAPS = ("properties", "patternProperties")
CHILD_ONE = ("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems")
CHILD_LISTS = ("prefixItems",)
DEFINITIONS = ("$defs", "definitions")
_CLOSERS = ("additionalProperties", "unevaluatedProperties")


@dataclass
class Location:
    """One place in the instance: the outermost schema, and all that apply to the same place (itself first)."""

    pointer: str
    members: dict[str, Schema] = field(default_factory=dict)

    @property
    def outermost(self) -> Schema:
        return self.members[self.pointer]

    def describing(self) -> list[str]:
        """Pointers of the members that declare properties, or say what others may be."""
        words = (*CHILD_MAPS, *_CLOSERS)
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


def closed(schema: Schema, use: Use) -> Schema:
    """The schema with every describing location closed unless its author said otherwise.

    The schema must have passed `schema_problems`: local references that exist, no loop in place.
    """
    result = copy.deepcopy(schema)
    if use != "output":
        result.setdefault("type", "object")
    found = locations(result)
    open_ones = contested(found)
    for location in found:
        if location.pointer not in open_ones and _to_close(location, use):
            _close(location)
    return result


def locations(schema: Schema) -> list[Location]:
    """Every location of the schema, the root first."""
    found = [_location(schema, schema, "")]
    for _, here, pointer in _children(schema, "", through_definitions=True):
        if isinstance(here, dict):
            found.append(_location(schema, here, pointer))
    return found


def contested(found: list[Location]) -> set[str]:
    """Locations that cannot be closed one by one: another schema describes the same place from elsewhere.

    `allOf: [{properties: {a: X}}, {properties: {a: Y}}]` describes `a` twice, and neither X nor Y sees the other.
    """
    result: set[str] = set()
    outermost = {location.pointer: location for location in found}
    for location in found:
        slots: dict[str, list[str]] = {}
        for pointer, member in location.members.items():
            for slot, _, child in _slots(member, pointer):
                slots.setdefault(slot, []).append(child)
        rivals = [location.describing(), *slots.values()]
        for group in rivals:
            describing = [name for name in group if name in outermost and outermost[name].describing()]
            others = [name for name in group if name not in outermost]
            if len(describing) + len(others) > 1:
                result.update(name for name in describing if name != location.pointer)
    return result


def resolve(root: Schema, reference: str) -> Any:
    """What a local reference points at. Raises `LookupError` when it points at nothing or outside the schema."""
    if reference != "#" and not reference.startswith("#/"):
        raise LookupError(reference)
    here: Any = root
    for part in pointers.split(reference[1:]):
        here = here[int(part)] if isinstance(here, list) and part.isdigit() else here[part]
    return here


def _location(root: Schema, schema: Schema, pointer: str) -> Location:
    location = Location(pointer)
    pending = [(schema, pointer)]
    while pending:
        here, at = pending.pop()
        if at not in location.members:
            location.members[at] = here
            pending.extend(in_place(root, here, at))
    return location


def in_place(root: Schema, schema: Schema, pointer: str) -> Iterator[tuple[Schema, str]]:
    """The schemas that one schema applies to its own place, with their pointers."""
    for word in IN_PLACE_LISTS:
        for index, part in enumerate(schema.get(word, [])):
            yield part, f"{pointer}/{word}/{index}"
    for word in IN_PLACE_ONE:
        if word in schema:
            yield schema[word], f"{pointer}/{word}"
    for word in IN_PLACE_MAPS:
        for name, part in schema.get(word, {}).items():
            yield part, pointers.child(f"{pointer}/{word}", name)
    if "$ref" in schema:
        yield resolve(root, schema["$ref"]), schema["$ref"].removeprefix("#")


def _slots(schema: Schema, pointer: str) -> Iterator[tuple[str, Any, str]]:
    """`(slot, schema, pointer)` of every schema for a place one level down; equal slots are the same place."""
    for word in CHILD_MAPS:
        for name, part in schema.get(word, {}).items():
            yield f"{word}/{name}", part, pointers.child(f"{pointer}/{word}", name)
    for word in CHILD_ONE:
        if word in schema:
            yield word, schema[word], f"{pointer}/{word}"
    for word in CHILD_LISTS:
        for index, part in enumerate(schema.get(word, [])):
            yield f"{word}/{index}", part, f"{pointer}/{word}/{index}"


def _children(schema: Any, pointer: str, *, through_definitions: bool) -> Iterator[tuple[str, Any, str]]:
    """Every slot below a schema, through in-place parts and definitions, but not through references."""
    if not isinstance(schema, dict):
        return
    for slot, part, at in _slots(schema, pointer):
        yield slot, part, at
        yield from _children(part, at, through_definitions=through_definitions)
    inner = {word: value for word, value in schema.items() if word != "$ref"}
    for part, at in in_place(schema, inner, pointer):
        yield from _children(part, at, through_definitions=through_definitions)
    for word in DEFINITIONS if through_definitions else ():
        for name, part in schema.get(word, {}).items():
            yield from _children(part, pointers.child(f"{pointer}/{word}", name), through_definitions=True)


def _to_close(location: Location, use: Use) -> bool:
    if any(word in location.outermost for word in _CLOSERS):
        return False
    if use == "output" and location.required() - location.declared() and not location.patterned():
        return False
    if use == "tool_input" and location.pointer == "":
        return True
    return any(schema.get("properties") for schema in location.members.values())


def _close(location: Location) -> None:
    alone = location.describing() in ([], [location.pointer])
    location.outermost["additionalProperties" if alone else "unevaluatedProperties"] = False
