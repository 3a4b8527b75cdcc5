"""The shape of a JSON Schema (2020-12): which parts apply in place, which one level down, and where references lead.

Pointers are canonical: `#/$defs/a%20b` and its decoded form are the same place.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from tollgate.definitions import pointer as pointers

Schema = dict[str, Any]

IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE_ONE = ("then", "else")
IN_PLACE_MAPS = ("dependentSchemas",)
CHILD_MAPS = ("properties", "patternProperties")
CHILD_ONE = ("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems")
CHILD_LISTS = ("prefixItems",)
DEFINITIONS = ("$defs", "definitions")
TESTS_IN_PLACE = ("if", "not")
TESTS_BELOW = ("contains", "propertyNames")


def target(reference: str) -> str:
    """The pointer that a local reference means. Raises `ValueError` for any other reference."""
    if not reference.startswith("#"):
        raise ValueError(f"{reference!r} is not a local reference")
    return pointers.join(pointers.split(unquote(reference[1:])))


def describing(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """`(pointer, schema)` of every part that describes instances: not those that only test them."""
    yield pointer, schema
    if not isinstance(schema, dict):
        return
    for at, part in (*in_place(schema, pointer), *definitions(schema, pointer)):
        yield from describing(part, at)
    for _, at, part in slots(schema, pointer):
        yield from describing(part, at)


def subschemas(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """`(pointer, schema)` of every part, the testing ones included."""
    yield pointer, schema
    if not isinstance(schema, dict):
        return
    for at, part in (*in_place(schema, pointer), *definitions(schema, pointer), *tests(schema, pointer)):
        yield from subschemas(part, at)
    for _, at, part in slots(schema, pointer):
        yield from subschemas(part, at)


def in_place(schema: Schema, pointer: str) -> Iterator[tuple[str, Any]]:
    """The parts that describe the schema's own place, references not followed."""
    for word in IN_PLACE_LISTS:
        for index, part in enumerate(schema.get(word, [])):
            yield f"{pointer}/{word}/{index}", part
    for word in IN_PLACE_ONE:
        if word in schema:
            yield f"{pointer}/{word}", schema[word]
    for word in IN_PLACE_MAPS:
        for name, part in schema.get(word, {}).items():
            yield pointers.child(f"{pointer}/{word}", name), part


def slots(schema: Schema, pointer: str) -> Iterator[tuple[str, str, Any]]:
    """`(slot, pointer, part)` of every part one level down; the same slot is the same place in the instance."""
    for word in CHILD_MAPS:
        for name, part in schema.get(word, {}).items():
            yield f"{word}/{name}", pointers.child(f"{pointer}/{word}", name), part
    for word in CHILD_ONE:
        if word in schema:
            yield word, f"{pointer}/{word}", schema[word]
    for word in CHILD_LISTS:
        for index, part in enumerate(schema.get(word, [])):
            yield f"{word}/{index}", f"{pointer}/{word}/{index}", part


def tests(schema: Schema, pointer: str) -> Iterator[tuple[str, Any]]:
    """The parts that only ask a question about the instance."""
    for word in (*TESTS_IN_PLACE, *TESTS_BELOW):
        if word in schema:
            yield f"{pointer}/{word}", schema[word]


def definitions(schema: Schema, pointer: str) -> Iterator[tuple[str, Any]]:
    """The named parts that apply nowhere until something refers to them."""
    for word in DEFINITIONS:
        for name, part in schema.get(word, {}).items():
            yield pointers.child(f"{pointer}/{word}", name), part


def applied(parts: dict[str, Any], pointer: str) -> list[str]:
    """Pointers of all parts that a schema applies to its own place, its reference followed one step."""
    schema = parts[pointer]
    if not isinstance(schema, dict):
        return []
    found = [at for at, _ in in_place(schema, pointer)]
    return [*found, target(schema["$ref"])] if "$ref" in schema else found
