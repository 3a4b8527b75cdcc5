"""What is wrong with a JSON Schema that an author wrote, before anything is validated with it.

Nothing is fetched: references are looked at before a validator sees them. The stages are in order, because each
relies on the one before: size, dialect, meta-schema, references, cost, patterns, meaning, both validators.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

from tollgate.definitions import pointer as pointers
from tollgate.definitions import schema_cost, schema_keywords, schema_patterns
from tollgate.definitions import schema_tree as tree
from tollgate.definitions.json_schema import Location, Use, closed, contested, locations, to_close
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.schema_finding import Finding, cut
from tollgate.definitions.schema_tree import Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BYTES = 65_536
MAX_DEPTH = 48
MAX_PARTS = 2_000
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_META = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)


def findings(schema: Schema, use: Use) -> list[Finding]:
    """All findings of the first stage that has errors, and the warnings of the stages before it."""
    found: list[Finding] = []
    for stage in _stages(use):
        found.extend(stage(schema))
        if any(finding.severity == "error" for finding in found):
            break
    return found


def _stages(use: Use) -> list[Callable[[Schema], Iterator[Finding]]]:
    return [
        _size,
        _dialect,
        _meta,
        schema_keywords.findings,
        lambda schema: schema_keywords.misplaced(schema, use),
        _references,
        _cost,
        schema_patterns.findings,
        lambda schema: _root(schema, use),
        lambda schema: _meaning(schema, use),
        lambda schema: _compiled(schema, use),
    ]


def _size(schema: Schema) -> Iterator[Finding]:
    size = len(json.dumps(schema).encode())
    if size > MAX_BYTES:
        yield Finding("", f"the schema has {size:,} bytes", f"at most {MAX_BYTES:,} bytes")
    deepest = _depth(schema)
    if deepest > MAX_DEPTH:
        yield Finding("", f"the schema is nested {deepest} deep", f"at most {MAX_DEPTH} levels, with `$defs`")


def _depth(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(part) for part in below), default=0)


def _dialect(schema: Schema) -> Iterator[Finding]:
    said = schema.get("$schema", DIALECT)
    if not isinstance(said, str) or said.rstrip("#") != DIALECT:
        yield Finding("/$schema", f"the dialect {said!r} is not JSON Schema 2020-12", f"no `$schema`, or {DIALECT}")


def _meta(schema: Schema) -> Iterator[Finding]:
    """Against the meta-schema; the innermost of each error, because the outer ones only say "not valid under"."""
    seen: set[str] = set()
    for error in sorted(_META.iter_errors(schema), key=lambda error: list(map(str, error.absolute_path))):
        cause = best_match([error]) or error
        path = list(error.absolute_path)
        pointer = pointers.join(path)
        if pointer in seen:
            continue
        seen.add(pointer)
        if path and path[-1] == "type" and isinstance(error.instance, str):
            yield Finding(pointer, f"there is no type {error.instance!r}", suggestion(error.instance, TYPES))
        else:
            yield Finding(pointer, f"not JSON Schema 2020-12: {cut(cause.message)}", _meta_advice(path))


def _meta_advice(path: list[str | int]) -> str:
    word = next((part for part in reversed(path) if isinstance(part, str)), "")
    known = {
        "required": "`required: [name, ...]` beside `properties`, not inside a property",
        "items": "one schema for all items, or `prefixItems` for a list of schemas",
        "exclusiveMinimum": "the number itself",
        "exclusiveMaximum": "the number itself",
        "enum": "`enum: [value, ...]`",
        "properties": "`properties: {name: {type: string}}`",
        "type": "one of: " + ", ".join(TYPES),
        "pattern": "a regular expression",
    }
    return known.get(word, "what json-schema.org's 2020-12 reference allows here")


def _references(schema: Schema) -> Iterator[Finding]:
    parts = dict(tree.subschemas(schema))
    if len(parts) > MAX_PARTS:
        yield Finding("", f"the schema has {len(parts):,} parts", f"at most {MAX_PARTS:,}")
    for pointer, part in parts.items():
        if isinstance(part, dict) and "$ref" in part:
            yield from _reference(f"{pointer}/$ref", part["$ref"], parts)


def _reference(pointer: str, reference: str, parts: dict[str, Any]) -> Iterator[Finding]:
    try:
        known = tree.target(reference) in parts
    except ValueError:
        message = f"the reference {cut(reference)!r} leads out of the schema; nothing is fetched"
        yield Finding(pointer, message, "`#/$defs/<name>`, with the schema copied into `$defs`")
        return
    if not known:
        names = [f"#{at}" for at in parts if at.startswith("/$defs/") and at.count("/") == 2]
        advice = suggestion(reference, names, "`#/$defs/<name>`, with the schema written into `$defs`, which is empty")
        yield Finding(pointer, f"the reference {cut(reference)!r} leads to no schema", advice)


def _cost(schema: Schema) -> Iterator[Finding]:
    parts = dict(tree.subschemas(schema))
    loop = schema_cost.loop_in_place(parts)
    if loop is not None:
        advice = "a reference that is below `properties` or `items`"
        yield Finding(loop, "the schema refers to itself at the same place, so checking never ends", advice)
        return
    evaluations = schema_cost.evaluations(parts)
    if evaluations > schema_cost.MAX_EVALUATIONS:
        message = (
            f"values nested {schema_cost.VALUE_DEPTH} deep could need more than "
            f"{schema_cost.MAX_EVALUATIONS:,} checks, because branches refer to the same part again and again"
        )
        yield Finding("", message, "one branch that goes deeper, or a fixed number of levels")


def _root(schema: Schema, use: Use) -> Iterator[Finding]:
    if use in ("output", "condition"):
        return
    said = schema.get("type", "object")
    if said != "object":
        what = "arguments are" if use in ("tool_input", "builtin_input") else "an execution's input is"
        yield Finding("/type", f"the root has type {said!r}, but {what} an object", "`type: object`")


def _meaning(schema: Schema, use: Use) -> Iterator[Finding]:
    found = locations(schema)
    for pointer in sorted(contested(found)) if use != "condition" else ():
        message = f"`#{pointer}` is described in more than one place, so it stays open to undeclared properties"
        yield Finding(
            pointer, message, "one description of it, or `unevaluatedProperties: false` around both", "warning"
        )
    for location in to_close(schema, use):
        yield from _unsatisfiable(location)


def _unsatisfiable(location: Location) -> Iterator[Finding]:
    """Required properties that the default would refuse, because nothing declares them."""
    tested = {name for part in location.members.values() for name in _tested(part)}
    declared = location.declared() | tested
    for name in sorted(location.required() - declared) if not location.patterned() else ():
        message = f"`required` names `{name}`, which `properties` does not declare: nothing could satisfy it"
        advice = suggestion(name, declared) if declared else f"`properties: {{{name}: ...}}`"
        yield Finding(f"{location.pointer}/required", message, advice)


def _tested(schema: Schema) -> set[str]:
    asked = schema.get("if")
    return set(asked.get("properties", {})) if isinstance(asked, dict) else set()


def _compiled(schema: Schema, use: Use) -> Iterator[Finding]:
    complaint = schema_patterns.validator_complaint(closed(schema, use))
    if complaint:
        yield Finding("", f"the validator does not accept the schema: {cut(complaint)}", "a simpler schema")
