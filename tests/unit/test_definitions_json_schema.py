"""Closing a schema refuses what it does not declare and nothing that it does."""

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tollgate.definitions.json_schema import Use, closed
from tollgate.definitions.load import Roots, load
from tollgate.definitions.schema_problems import findings

ROOT = Path(__file__).parents[2]
TEXT = {"type": "string"}


def objects(**properties: Any) -> dict[str, Any]:
    """An object schema with these properties."""
    return {"type": "object", "properties": properties}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """The verdict of both validators, which must be the same."""
    slow = jsonschema.Draft202012Validator(schema).is_valid(value)
    fast = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    assert slow == fast, (schema, value)
    return fast


NODE = {"$defs": {"node": objects(value=TEXT, next={"$ref": "#/$defs/node"})}, **objects(head={"$ref": "#/$defs/node"})}
CASES: dict[str, tuple[Use, dict[str, Any], list[Any], list[Any]]] = {
    "no properties is no arguments": ("tool_input", {}, [{}], [{"a": 1}, [], "x"]),
    "root and nested objects": (
        "tool_input",
        objects(a=objects(b=TEXT), c={"type": "array", "items": objects(x=TEXT)}),
        [{"a": {"b": "1"}, "c": [{"x": "1"}]}],
        [{"z": 1}, {"a": {"z": 1}}, {"c": [{"z": 1}]}],
    ),
    "author's word stays": (
        "tool_input",
        {**objects(a={**objects(b=TEXT), "additionalProperties": True}), "additionalProperties": {"type": "integer"}},
        [{"a": {"z": 1}}, {"z": 1}],
        [{"z": "text"}],
    ),
    "an object without properties stays open below the root": (
        "tool_input",
        objects(meta={"type": "object"}),
        [{"meta": {"anything": 1}}],
        [{"other": 1}],
    ),
    "allOf declares together": (
        "tool_input",
        {"allOf": [objects(a=TEXT), objects(b=TEXT)]},
        [{"a": "1", "b": "2"}],
        [{"a": "1", "z": "2"}],
    ),
    "oneOf branches add to the trunk": (
        "tool_input",
        {
            **objects(kind=TEXT),
            "oneOf": [
                {**objects(kind={"const": "card"}, number=TEXT), "required": ["number"]},
                {**objects(kind={"const": "cash"}, till=TEXT), "required": ["till"]},
            ],
        },
        [{"kind": "card", "number": "1"}, {"kind": "cash", "till": "2"}],
        [{"kind": "card", "number": "1", "till": "2"}, {"kind": "cash", "till": "2", "z": 1}],
    ),
    "anyOf of requirements": (
        "tool_input",
        {**objects(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": "1"}, {"b": "1"}],
        [{}, {"a": "1", "z": 1}],
    ),
    "if and then": (
        "tool_input",
        {**objects(kind=TEXT), "if": objects(kind={"const": "x"}), "then": objects(extra=TEXT)},
        [{"kind": "x", "extra": "1"}, {"kind": "y"}],
        [{"kind": "y", "extra": "1"}, {"kind": "x", "z": 1}],
    ),
    "dependentSchemas": (
        "tool_input",
        {**objects(a=TEXT), "dependentSchemas": {"a": objects(b=TEXT)}},
        [{"a": "1", "b": "1"}, {}],
        [{"b": "1"}, {"a": "1", "z": 1}],
    ),
    "references, recursive too": (
        "tool_input",
        NODE,
        [{"head": {"value": "1", "next": {"value": "2"}}}],
        [{"head": {"z": 1}}, {"head": {"next": {"z": 1}}}],
    ),
    "a base that others extend": (
        "tool_input",
        {
            "$defs": {"base": objects(id=TEXT)},
            **objects(one={"$ref": "#/$defs/base"}, two={"allOf": [{"$ref": "#/$defs/base"}], **objects(more=TEXT)}),
        },
        [{"one": {"id": "1"}, "two": {"id": "1", "more": "2"}}],
        [{"one": {"id": "1", "more": "2"}}, {"two": {"z": 1}}],
    ),
    "a place described twice is not torn apart": (
        "tool_input",
        {"allOf": [objects(a=objects(x=TEXT)), objects(a=objects(y=TEXT))]},
        [{"a": {"x": "1", "y": "2"}}],
        [{"z": 1}],
    ),
    "not and contains keep their meaning": (
        "tool_input",
        objects(a={"not": {**objects(x=TEXT), "required": ["x"]}}, b={"contains": objects(k={"const": 1})}),
        [{"a": {"y": 1}}, {"b": [{"k": 1, "other": 2}]}],
        [{"a": {"x": "1", "y": 1}}],
    ),
    "patterns declare too": (
        "tool_input",
        {"patternProperties": {"^x_": TEXT}},
        [{"x_a": "1"}],
        [{"y_a": "1"}],
    ),
    "boolean schemas": ("tool_input", objects(a=True, b=False), [{"a": {"z": 1}}], [{"b": 1}, {"c": 1}]),
    "an agent's input with properties": ("agent_input", objects(task=TEXT), [{"task": "x"}], [{"z": 1}, "x"]),
    "an agent's input without": ("agent_input", {"type": "object"}, [{"z": 1}], ["x"]),
    "an output with properties": ("output", objects(status=TEXT), [{"status": "x"}], [{"z": 1}]),
    "an output that requires more than it declares": (
        "output",
        {"type": "object", "required": ["status"]},
        [{"status": 1, "more": 2}],
        [{"more": 2}],
    ),
    "an output that declares part of what it requires": (
        "output",
        {**objects(a=TEXT), "required": ["status"]},
        [{"status": 1, "a": "x"}],
        [{"a": "x"}],
    ),
    "an output that is no object": ("output", {"type": "string"}, ["done"], [{}]),
}


@pytest.mark.parametrize(("use", "schema", "good", "bad"), CASES.values(), ids=list(CASES))
def test_closed_schema_accepts_and_refuses(use: Use, schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    """Declared values pass, undeclared ones do not, and the author's schema is left as it was."""
    before = str(schema)
    assert [finding for finding in findings(schema, use) if finding.severity == "error"] == []
    shut = closed(schema, use)
    assert [accepts(shut, value) for value in good] == [True] * len(good)
    assert [accepts(shut, value) for value in bad] == [False] * len(bad)
    assert str(schema) == before


NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "minimum": 0},
        {"type": ["string", "null"], "maxLength": 2},
        {"enum": ["x", 1, None]},
        {"type": "string", "pattern": "^[a-c]{1,3}$"},
        True,
        {"$ref": "#/$defs/a"},
        {"$ref": "#/$defs/b"},
    ]
)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.builds(
        lambda props, required, extra: {
            "type": "object",
            "properties": props,
            "required": sorted(set(required) & set(props)),
            **extra,
        },
        properties,
        st.lists(NAMES, max_size=2),
        st.sampled_from([{}, {}, {"additionalProperties": True}, {"additionalProperties": {"type": "string"}}]),
    )


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _objects(inner),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda word, parts: {word: parts}, st.sampled_from(["allOf", "anyOf", "oneOf"]), lists),
        st.builds(
            lambda trunk, word, parts: {**trunk, word: parts},
            _objects(inner),
            st.sampled_from(["allOf", "anyOf"]),
            lists,
        ),
        st.builds(lambda trunk, test, then: {**trunk, "if": test, "then": then}, _objects(inner), inner, inner),
        st.builds(lambda part: {"not": part}, inner),
    )


SCHEMAS = st.recursive(LEAVES, _composed, max_leaves=8)
WHOLE = st.builds(
    lambda root, a, b: {**root, "$defs": {"a": a, "b": b}},
    _objects(SCHEMAS),
    st.recursive(LEAVES.filter(lambda leaf: "$ref" not in str(leaf)), _composed, max_leaves=4),
    st.recursive(LEAVES.filter(lambda leaf: "$ref" not in str(leaf)), _composed, max_leaves=4),
)
VALUES = st.recursive(
    st.sampled_from(["", "x", "abc", 1, -1, 1.5, None, True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcz"), inner, max_size=3),
    max_leaves=8,
)


VALUES_OF_DECLARED = st.recursive(
    st.sampled_from(["", "x", "abc", 1, -1, None, True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(schema=WHOLE, value=st.dictionaries(st.sampled_from("abcz"), VALUES, max_size=3))
def test_both_validators_agree_on_closed_schemas(schema: dict[str, Any], value: Any) -> None:
    """The validator that authors meet and the one of the hot path give one verdict."""
    assume(not [finding for finding in findings(schema, "agent_input") if finding.severity == "error"])
    accepts(closed(schema, "agent_input"), value)


@settings(max_examples=120, deadline=None)
@given(schema=WHOLE, value=st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3))
def test_closing_only_ever_refuses_more_of_undeclared_properties(schema: dict[str, Any], value: Any) -> None:
    """Without `not`, `if` and `oneOf`, whose meaning turns round, a closed schema accepts a part of the open one."""
    assume(not any(word in str(schema) for word in ("'not'", "'if'", "'oneOf'")))
    assume(not [finding for finding in findings(schema, "agent_input") if finding.severity == "error"])
    if accepts(closed(schema, "agent_input"), value):
        assert accepts(schema, value)


@settings(max_examples=60, deadline=None)
@given(schema=WHOLE)
def test_closing_twice_is_closing_once(schema: dict[str, Any]) -> None:
    """What was closed is the author's word from then on."""
    assume(not [finding for finding in findings(schema, "agent_input") if finding.severity == "error"])
    once = closed(schema, "agent_input")
    assert closed(once, "agent_input") == once


ALL_DECLARED = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b, c: objects(a=a, b=b, c=c), inner, inner, inner),
        st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(root=ALL_DECLARED, value=st.dictionaries(st.sampled_from("abc"), VALUES_OF_DECLARED, max_size=3))
def test_closing_changes_nothing_where_everything_is_declared(root: Any, value: Any) -> None:
    """However schemas are combined, a declared property is never taken for an undeclared one."""
    definitions = {"a": objects(a=TEXT, b=True, c={"type": "integer"}), "b": objects(a=True, b=True, c=True)}
    schema = {"allOf": [root], "$defs": definitions}
    assume(not [finding for finding in findings(schema, "agent_input") if finding.severity == "error"])
    assert accepts(closed(schema, "agent_input"), value) == accepts(schema | {"type": "object"}, value)


OBJECTS_ONLY = st.recursive(
    st.just(TEXT),
    lambda inner: st.builds(lambda parts: objects(**parts), st.dictionaries(NAMES, inner, min_size=1)),
    max_leaves=6,
).filter(lambda schema: schema != TEXT)


@settings(max_examples=80, deadline=None)
@given(schema=OBJECTS_ONLY, data=st.data())
def test_undeclared_property_is_refused_at_every_level(schema: dict[str, Any], data: st.DataObject) -> None:
    """A value that fits stops fitting when any of its objects gets one property more."""
    value: dict[str, Any] = _filled(schema)
    shut = closed(schema, "tool_input")
    assert accepts(shut, value)
    data.draw(st.sampled_from(_all_objects(value)))["undeclared"] = 1
    assert not accepts(shut, value)


def _filled(schema: dict[str, Any]) -> Any:
    """A value with every declared property."""
    return {name: _filled(part) for name, part in schema["properties"].items()} if "properties" in schema else "x"


def _all_objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return []
    return [value, *(below for part in value.values() for below in _all_objects(part))]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_both_validators_agree_on_the_repository_s_manifests(data: st.DataObject) -> None:
    """Every schema of every manifest here, against values made of its own words and of foreign ones."""
    schema = data.draw(st.sampled_from(_manifest_schemas()))
    names = [*sorted(_words(schema)), "undeclared"]
    leaves = st.sampled_from(
        ["", "x", "2026-01-31", "DE89370400440532013000", "10.00", "EUR", 0, 1, -1, 1.5, None, True]
    )
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(names), inner, max_size=5),
        max_leaves=10,
    )
    accepts(schema, data.draw(st.dictionaries(st.sampled_from(names), values, max_size=6)))


def _manifest_schemas() -> list[dict[str, Any]]:
    found = load(Roots(agents=(ROOT / "agents",), tools=(ROOT / "lambdas" / "tools",)))
    schemas = [closed(tool.manifest.input_schema, "tool_input") for tool in found.tools.values()]
    for agent in found.agents.values():
        schemas.append(closed(agent.definition.input_schema, "agent_input"))
        schemas.append(closed(agent.definition.output_schema, "output"))
    assert schemas
    return schemas


def _words(schema: Any) -> set[str]:
    """Every property that a schema names anywhere."""
    if isinstance(schema, list):
        return {word for part in schema for word in _words(part)}
    if not isinstance(schema, dict):
        return set()
    return {word for part in schema.values() for word in _words(part)} | set(schema.get("properties", {}))
