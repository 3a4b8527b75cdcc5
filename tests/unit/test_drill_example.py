"""Made-up values for a drill's model."""

import jsonschema_rs
import pytest

from local.drills.example import example

SCHEMAS = [
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 12, "maxLength": 20}}},
    {"type": "string", "pattern": "^V-[0-9]{3,}$"},
    {"type": "string", "pattern": "^(PO|SO)-\\d+(/[a-z]+)?$"},
    {"type": "integer", "minimum": 5, "maximum": 9},
    {"type": "number", "exclusiveMinimum": 0},
    {"enum": ["x", "y"]},
    {"type": ["string", "null"], "maxLength": 3},
    {"type": "array", "minItems": 2, "items": {"type": "boolean"}},
    {"anyOf": [{"type": "null"}, {"type": "string"}]},
]


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("variant", [0, 1, 19])
def test_a_made_up_value_satisfies_its_schema(schema: dict[str, object], variant: int) -> None:
    """Lengths, patterns, bounds, choices: whatever the variant."""
    jsonschema_rs.validate(schema, example(schema, variant))


def test_a_document_argument_names_a_document_and_variants_differ() -> None:
    """A document is given by name; any other text can differ from call to call."""
    schema = {"type": "object", "required": ["d", "t"], "properties": {
        "d": {"type": "string", "x-tollgate-document": True}, "t": {"type": "string"}}}  # fmt: skip
    first, second = (example(schema, variant, ("invoice",)) for variant in (1, 2))
    assert first["d"] == second["d"] == "invoice"
    assert first["t"] != second["t"]
