"""JSON Schema 2020-12 on the hot path: every violation with its place, what was expected and what was given.

Validators are compiled once per schema and process. References leave the schema for nothing (`offline`).
"""

import json
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from tollgate.definitions import pointer
from tollgate.screening.expectation import expected
from tollgate.screening.text import shown

GIVEN_CHARACTERS = 80
MAX_VIOLATIONS = 50
OPTIONS: dict[str, Any] = {"validate_formats": True, "offline": True, "mask": "the value"}
"""How every schema is compiled: `format` is asserted, which 2020-12 leaves to us, and nothing is fetched."""

_compiled: dict[int, tuple[dict[str, Any], jsonschema_rs.Draft202012Validator]] = {}


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong. `given` is cut and is the caller's own value."""

    pointer: str
    expected: str
    given: str

    def as_text(self) -> str:
        return f"{self.pointer or 'the whole'}: {self.expected} (given: {self.given})"


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema. Kept by identity: a registry's schemas live as long as the process."""
    kept = _compiled.get(id(schema))
    if kept is None or kept[0] is not schema:
        kept = (schema, jsonschema_rs.Draft202012Validator(schema, **OPTIONS))
        _compiled[id(schema)] = kept
    return kept[1]


def violations(schema: dict[str, Any], value: Any) -> list[Violation]:
    """Everything that is wrong with the value, at most `MAX_VIOLATIONS`; empty when it satisfies the schema."""
    compiled = validator(schema)
    if compiled.is_valid(value):
        return []
    found: list[Violation] = []
    for error in compiled.iter_errors(value):
        found.append(_violation(schema, error))
        if len(found) == MAX_VIOLATIONS:
            break
    return found


def _violation(schema: dict[str, Any], error: jsonschema_rs.ValidationError) -> Violation:
    given = json.dumps(error.instance, ensure_ascii=False, default=str)
    return Violation(pointer.join(error.instance_path), expected(schema, error), shown(given, GIVEN_CHARACTERS))
