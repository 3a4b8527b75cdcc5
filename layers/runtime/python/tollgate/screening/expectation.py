"""What a schema expected of a value that violates it, in words that whoever wrote the value can act on."""

from typing import Any

import jsonschema_rs

from tollgate.definitions import pointer
from tollgate.definitions.nearest import nearest
from tollgate.screening.text import shown

EXPECTED_CHARACTERS = 400
"""A list of values, or a schema that is quoted, may be as long as its author likes."""

FORMS = 4
"""Alternatives whose own violations are told."""


def expected(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> str:
    """The validator's message, cut, and what is worth adding to it."""
    words = {"additionalProperties": _meant_properties, "enum": _meant_value, "falseSchema": _nothing}
    words |= {"anyOf": _forms, "oneOf": _forms}
    add = words.get(error.kind.name)
    return shown(error.message, EXPECTED_CHARACTERS) + (add(schema, error) if add else "")


def _nothing(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> str:
    """An object that declares no property names none in its message."""
    closed = error.schema_path and error.schema_path[-1] in ("additionalProperties", "unevaluatedProperties")
    return ": no properties are taken here; write {}" if closed else ": leave it out"


def _meant_value(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> str:
    options = [option for option in error.kind.as_dict().get("options", []) if isinstance(option, str)]
    best = nearest(error.instance, options) if isinstance(error.instance, str) else None
    return f"; did you mean `{shown(best)}`?" if best else ""


def _meant_properties(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> str:
    """Did you mean: the property that an unexpected one most likely stands for."""
    at: Any = schema
    for step in error.schema_path[:-1]:
        at = at.get(step, {}) if isinstance(at, dict) else {}
    known = at.get("properties", {}) if isinstance(at, dict) else {}
    pairs = [(name, nearest(name, known)) for name in error.kind.as_dict().get("unexpected", [])]
    guesses = [f"`{best}` instead of `{name}`" for name, best in pairs if best]
    return f"; did you mean {', '.join(guesses)}?" if guesses else ""


def _forms(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> str:
    """Of each alternative what keeps the value from it; nothing where more than one takes it."""
    found = [form[0] for form in error.kind.as_dict().get("context", []) if form]
    told = [f"{number}) {_placed(first, error)}" for number, first in enumerate(found[:FORMS], 1)]
    rest = f"; and {len(found) - FORMS} more" if len(found) > FORMS else ""
    return f": {'; '.join(told)}{rest}" if told else "; write what only one of them takes"


def _placed(first: jsonschema_rs.ValidationError, whole: jsonschema_rs.ValidationError) -> str:
    place = pointer.join(first.instance_path[len(whole.instance_path) :])
    words = shown(first.message, EXPECTED_CHARACTERS // FORMS)
    return f"{place}: {words}" if place else words
