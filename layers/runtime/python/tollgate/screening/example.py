"""Arguments as a schema wants them, made from those that were wrong: what was right stays, the rest is filled in.

Cheap or not at all: a pattern, a condition or a large value is left to the words of the violations.
"""

import json
import math
from typing import Any

import jsonschema_rs

from tollgate.screening.schema import OPTIONS, validator

MOST_CHARACTERS = 500
_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "email": "name@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = dict[str, Any]


def example(schema: Schema, given: dict[str, Any]) -> str | None:
    """JSON text that satisfies the schema, or None where none is to be had cheaply. Never raises."""
    try:
        made = _object(schema, given)
        text = json.dumps(made, ensure_ascii=False)
        return text if len(text) <= MOST_CHARACTERS and validator(schema).is_valid(made) else None
    except (TypeError, ValueError, KeyError, RecursionError, jsonschema_rs.ReferencingError):
        return None


def _object(schema: Schema, given: dict[str, Any]) -> dict[str, Any]:
    """The required members and the declared ones of those given; a wrong value is replaced."""
    properties = schema.get("properties", {})
    wanted = dict.fromkeys([*schema.get("required", []), *(name for name in given if name in properties)])
    if len(wanted) < schema.get("minProperties", 0):
        wanted |= dict.fromkeys(list(properties)[: schema["minProperties"]])
    return {name: _member(schema, properties[name], name, given) for name in wanted}


def _member(root: Schema, schema: Schema, name: str, given: dict[str, Any]) -> Any:
    if name in given and _satisfies(root, schema, given[name]):
        return given[name]
    return _value(schema, given.get(name))


def _satisfies(root: Schema, schema: Schema, value: Any) -> bool:
    """Whether the value alone is right; local references are looked up where the author put them."""
    definitions = {"$defs": root["$defs"]} if "$defs" in root else {}
    return jsonschema_rs.Draft202012Validator({**definitions, **schema}, **OPTIONS).is_valid(value)


def _value(schema: Schema, given: Any) -> Any:
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    for word in ("enum", "examples"):
        if schema.get(word):
            return schema[word][0]
    for word in ("anyOf", "oneOf"):
        if schema.get(word):
            return _value(schema[word][0], given)
    kinds = schema["type"]
    return _of_type(kinds if isinstance(kinds, str) else kinds[0], schema, given)


def _of_type(kind: str, schema: Schema, given: Any) -> Any:
    if kind == "object":
        return _object(schema, given if isinstance(given, dict) else {})
    if kind == "array":
        return [_value(schema["items"], None) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        text = _FORMATS.get(schema.get("format", ""), "text")
        return (text + "x" * (schema.get("minLength", 0) - len(text)))[: schema.get("maxLength", len(text) + 100)]
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return math.ceil(min(least, schema.get("maximum", least)))
    return {"boolean": True, "null": None}[kind]
