"""Schemas that are wrong, hostile or misleading are told before anything is validated with them."""

# ruff: noqa: E501  a row of a table reads best on one line

from functools import reduce
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from tollgate.definitions.json_schema import Use, closed
from tollgate.definitions.schema_problems import findings

TEXT = {"type": "string"}


def objects(**properties: Any) -> dict[str, Any]:
    """An object schema with these properties."""
    return {"type": "object", "properties": properties}


DOUBLING = {
    "$defs": {f"d{n}": {"allOf": [objects(a={"$ref": f"#/$defs/d{n + 1}"})] * 2} for n in range(30)} | {"d30": TEXT},
    **objects(a={"$ref": "#/$defs/d0"}),
}
CHAIN = {
    "$defs": {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 3} for n in range(30)} | {"d30": TEXT},
    **objects(a={"$ref": "#/$defs/d0"}),
}
BOMB = "values nested 32 deep could need more than 1,000,000 checks, because branches refer to the same part again and again"

ERRORS: dict[str, tuple[Use, Any, str, str, str]] = {
    "remote reference": ("tool_input", objects(a={"$ref": "https://x.example/y"}), "/properties/a/$ref", "the reference 'https://x.example/y' leads out of the schema; nothing is fetched", "`#/$defs/<name>`, with the schema copied into `$defs`"),
    "file reference": ("tool_input", objects(a={"$ref": "file:///etc/passwd"}), "/properties/a/$ref", "the reference 'file:///etc/passwd' leads out of the schema; nothing is fetched", "`#/$defs/<name>`, with the schema copied into `$defs`"),
    "remote reference inside a test": ("tool_input", objects(a={"not": {"contains": {"$ref": "other.json"}}}), "/properties/a/not/contains/$ref", "the reference 'other.json' leads out of the schema; nothing is fetched", "`#/$defs/<name>`, with the schema copied into `$defs`"),
    "dangling reference": ("tool_input", {**objects(a={"$ref": "#/$defs/vendr"}), "$defs": {"vendor": TEXT}}, "/properties/a/$ref", "the reference '#/$defs/vendr' leads to no schema", "`#/$defs/vendor`"),
    "reference to no schema": ("tool_input", objects(a={"$ref": "#/properties"}), "/properties/a/$ref", "the reference '#/properties' leads to no schema", "`#/$defs/<name>`, with the schema written into `$defs`, which is empty"),
    "loop": ("tool_input", {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, "/$defs/a", "the schema refers to itself at the same place, so checking never ends", "a reference that is below `properties` or `items`"),
    "bomb by doubling": ("tool_input", DOUBLING, "", BOMB, "one branch that goes deeper, or a fixed number of levels"),
    "bomb in place": ("tool_input", CHAIN, "", BOMB, "one branch that goes deeper, or a fixed number of levels"),
    "bomb by recursion": ("tool_input", objects(a={"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}), "", BOMB, "one branch that goes deeper, or a fixed number of levels"),
    "deep": ("tool_input", reduce(lambda inner, _: objects(a=inner), range(30), TEXT), "", "the schema is nested 62 deep", "at most 48 levels, with `$defs`"),
    "large": ("tool_input", objects(a={"enum": ["x" * 1000 + str(n) for n in range(70)]}), "", "the schema has 70,461 bytes", "at most 65,536 bytes"),
    "dialect": ("tool_input", {"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema", "the dialect 'http://json-schema.org/draft-07/schema#' is not JSON Schema 2020-12", "no `$schema`, or https://json-schema.org/draft/2020-12/schema"),
    "unknown type": ("tool_input", objects(a={"type": "str"}), "/properties/a/type", "there is no type 'str'", "`string`"),
    "required as a flag": ("tool_input", objects(a={"type": "string", "required": True}), "/properties/a/required", "not JSON Schema 2020-12: True is not of type 'array'", "`required: [name, ...]` beside `properties`, not inside a property"),
    "items as a list": ("tool_input", objects(a={"items": [TEXT]}), "/properties/a/items", "not JSON Schema 2020-12: [{'type': 'string'}] is not of type 'object', 'boolean'", "one schema for all items, or `prefixItems` for a list of schemas"),
    "anchor": ("tool_input", objects(a={"$anchor": "x"}), "/properties/a/$anchor", "`$anchor` is not supported", "a name in `$defs`"),
    "inner id": ("tool_input", objects(a={"$id": "https://x.example/"}), "/properties/a/$id", "`$id` below the root changes what references mean", "the schema without it"),
    "dependencies": ("tool_input", {"dependencies": {"a": ["b"]}}, "/dependencies", "`dependencies` is not supported", "`dependentRequired` or `dependentSchemas`"),
    "origin": ("agent_input", objects(a={"x-tollgate-origin": "user"}), "/properties/a/x-tollgate-origin", '`x-tollgate-origin` is "user"', '"instruction" or "document"'),
    "origin of a tool's argument": ("tool_input", objects(a={"x-tollgate-origin": "instruction"}), "/properties/a/x-tollgate-origin", "`x-tollgate-origin` has no effect here", "it on a property at the root of an agent's `input_schema`"),
    "origin too deep": ("agent_input", objects(a=objects(b={"x-tollgate-origin": "instruction"})), "/properties/a/properties/b/x-tollgate-origin", "`x-tollgate-origin` has no effect here", "it on a property at the root of an agent's `input_schema`"),
    "document of an agent": ("agent_input", objects(a={"x-tollgate-document": True}), "/properties/a/x-tollgate-document", "`x-tollgate-document` has no effect here", "it on a property at the root of a tool's `input_schema`"),
    "origin misspelt": ("agent_input", objects(a={"x-tollgate-orign": "instruction"}), "/properties/a/x-tollgate-orign", "there is no `x-tollgate-orign`", "`x-tollgate-origin`"),
    "exponential pattern": ("tool_input", objects(a={"pattern": "^(a+)+$"}), "/properties/a/pattern", "the pattern ^(a+)+$ can take exponential time: a repeat inside a repeat reads the same text", "the pattern with one repeat, or with a separator between the rounds"),
    "exponential name pattern": ("tool_input", {"patternProperties": {"(x*)*y": TEXT}}, "/patternProperties/(x*)*y", "the pattern (x*)*y can take exponential time: a repeat inside a repeat reads the same text", "the pattern with one repeat, or with a separator between the rounds"),
    "unreadable pattern": ("tool_input", objects(a={"pattern": "^\\p{Lu}+$"}), "/properties/a/pattern", "the pattern ^\\p{Lu}+$ cannot be read (bad escape \\p at position 1)", "a pattern that ECMA-262 and Python both read"),
    "huge pattern": ("tool_input", objects(a={"pattern": "a" * 1001}), "/properties/a/pattern", "the pattern " + "a" * 117 + "... is too complex: longer than 1,000 characters", "a shorter pattern, or `maxLength`"),
    "root of another type": ("tool_input", {"type": "array"}, "/type", "the root has type 'array', but arguments are an object", "`type: object`"),
    "input of another type": ("agent_input", {"type": "string"}, "/type", "the root has type 'string', but an execution's input is an object", "`type: object`"),
    "required but undeclared": ("tool_input", {**objects(vendor=TEXT), "required": ["vendr"]}, "/required", "`required` names `vendr`, which `properties` does not declare: nothing could satisfy it", "`vendor`"),
    "required of no properties": ("tool_input", {"type": "object", "required": ["id"]}, "/required", "`required` names `id`, which `properties` does not declare: nothing could satisfy it", "`properties: {id: ...}`"),
}  # fmt: skip

WARNINGS: dict[str, tuple[Any, str, str, str]] = {
    "misspelt keyword": (objects(a={"typ": "string"}), "/properties/a/typ", "`typ` is no keyword of JSON Schema and has no effect", "`type`"),
    "unknown keyword": (objects(a={"colour": "red"}), "/properties/a/colour", "`colour` is no keyword of JSON Schema and has no effect", "`x-colour` if it is a note of your own"),
    "nullable": (objects(a={"type": "string", "nullable": True}), "/properties/a/nullable", "`nullable` is no keyword of JSON Schema and has no effect", "`type: [<type>, 'null']`"),
    "look-ahead": (objects(a={"pattern": "^(?!x)y"}), "/properties/a/pattern", "the pattern ^(?!x)y looks around or refers back, which model providers may refuse", "a pattern without `(?...` and `\\1`"),
    "described twice": (
        {"allOf": [objects(a=objects(x=TEXT)), {**objects(a={"type": "object"})}, objects(a=objects(y=TEXT))]},
        "/allOf/0/properties/a",
        "`#/allOf/0/properties/a` is described in more than one place, so it stays open to undeclared properties",
        "one description of it, or `unevaluatedProperties: false` around both",
    ),
}  # fmt: skip

FINE: list[tuple[Use, Any]] = [
    ("tool_input", {}),
    ("tool_input", {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:x"}),
    ("tool_input", objects(children={"type": "array", "items": {"$ref": "#"}})),
    ("tool_input", {"$defs": {"a b": TEXT}, **objects(a={"$ref": "#/$defs/a%20b"})}),
    ("tool_input", objects(a={"x-note": "mine", "format": "date", "title": "A", "examples": ["x"]})),
    ("tool_input", {"patternProperties": {"^x": TEXT}, "required": ["xa"]}),
    ("tool_input", {**objects(a=TEXT), "additionalProperties": True, "required": ["b"]}),
    ("agent_input", {"type": "object", "required": ["anything"]}),
    ("output", {"type": "object", "required": ["status"]}),
    ("output", {"type": "string"}),
    ("condition", {"required": ["input"], **objects(input={"required": ["x"]})}),
]


@pytest.mark.parametrize(("use", "schema", "pointer", "message", "advice"), ERRORS.values(), ids=list(ERRORS))
def test_bad_schema_is_refused(use: Use, schema: Any, pointer: str, message: str, advice: str) -> None:
    """One error, at its pointer, with the cause and the remedy."""
    found = findings(schema, use)
    assert [(f.pointer, f.message, f.advice, f.severity) for f in found] == [(pointer, message, advice, "error")]


@pytest.mark.parametrize(("schema", "pointer", "message", "advice"), WARNINGS.values(), ids=list(WARNINGS))
def test_misleading_schema_is_a_warning(schema: Any, pointer: str, message: str, advice: str) -> None:
    """What is allowed but hardly meant."""
    first = findings(schema, "tool_input")[0]
    assert (first.pointer, first.message, first.advice, first.severity) == (pointer, message, advice, "warning")


@pytest.mark.parametrize(("use", "schema"), FINE, ids=range(len(FINE)))
def test_good_schema_has_no_finding_and_compiles_in_both_validators(use: Use, schema: Any) -> None:
    """Legitimate schemas pass in silence."""
    assert findings(schema, use) == []
    shut = closed(schema, use)
    jsonschema.Draft202012Validator.check_schema(shut)
    jsonschema_rs.Draft202012Validator(shut)
