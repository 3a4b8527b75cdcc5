"""Fields by schema: the element that fits, the current value in it, and the way back to the value's own type."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.slack.fields import edited_arguments, field_names, field_of
from tollgate.slack.modals import edit_view

from local.slack_standin.block_check import view_problems
from local.slack_standin.payloads import state_of
from local.slack_standin.workspace import View
from tests.unit.approval_sample import approval

NULLABLE_NUMBER = {"anyOf": [{"type": "number"}, {"type": "null"}]}


def asked(schema: Any, *arguments: Any, required: bool = False, defs: dict[str, Any] | None = None) -> Any:
    """An approval of a call with one argument `x` of this schema, and perhaps a value in it."""
    argument_schema = {"type": "object", "properties": {"x": schema}, "required": ["x"] if required else []}
    argument_schema["$defs"] = defs or {}
    return approval(argument_schema=argument_schema, arguments=dict(zip(["x"], arguments, strict=False)), sinks=[])


def edited(about: Any, text: str) -> tuple[dict[str, Any], dict[str, str]]:
    return edited_arguments(about, state_of(View("V1", "U1", edit_view(about)), {"x": text}))


@pytest.mark.parametrize(
    ("schema", "value", "element", "first"),
    [
        ({"type": "boolean"}, True, "static_select", "true"),
        ({"enum": ["EUR", "USD"]}, "USD", "static_select", "USD"),
        ({"enum": [1, 2, 3]}, 2, "static_select", "2"),
        ({"enum": ["a", None]}, "a", "static_select", "a"),
        ({"const": "invoice"}, "invoice", "static_select", "invoice"),
        ({"oneOf": [{"const": 1, "title": "one"}, {"const": 2}]}, 1, "static_select", "1"),
        ({"type": ["boolean", "null"]}, False, "static_select", "false"),
        ({"type": "number", "minimum": 0.5}, 12.5, "number_input", "12.5"),
        ({"type": "integer"}, 3, "number_input", "3"),
        ({"type": ["integer", "number"]}, 3, "number_input", "3"),
        (NULLABLE_NUMBER, 4, "number_input", "4"),
        ({"type": "number"}, 1e-12, "plain_text_input", "1e-12"),
        ({"type": "string", "format": "date"}, "2026-02-28", "datepicker", "2026-02-28"),
        ({"type": "string", "format": "date"}, "soon", "plain_text_input", "soon"),
        ({"type": "object"}, {"a": 1}, "plain_text_input", '{"a": 1}'),
        ({"$ref": "#/$defs/Money"}, 5, "number_input", "5"),
        ({"type": "string"}, "12", "plain_text_input", "12"),
        ({}, "12", "plain_text_input", '"12"'),
        ({}, "twelve", "plain_text_input", "twelve"),
        (True, None, "plain_text_input", "null"),
    ],
)
def test_the_element_follows_the_schema_and_holds_the_current_value(
    schema: Any, value: Any, element: str, first: str
) -> None:
    """Also behind references and behind "this or null"."""
    about = asked(schema, value, defs={"Money": {"type": "number"}})
    found = field_of(about, "x")["element"]
    shown = found.get("initial_value") or found.get("initial_date") or found["initial_option"]["value"]
    assert (found["type"], shown) == (element, first)
    assert view_problems(edit_view(about)) == []
    assert edited_arguments(about, state_of(View("V1", "U1", edit_view(about)), {})) == (about.arguments, {})


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "boolean"}, "false", False),
        ({"enum": [1, 2, 3]}, "3", 3),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"type": ["string", "null"]}, "12", "12"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "null", "null"),
        (NULLABLE_NUMBER, "12", 12),
        ({"type": "string", "format": "date"}, "2027-01-02", "2027-01-02"),
        ({"type": "array"}, "[1]", [1]),
        ({}, "12", 12),
        ({}, '"12"', "12"),
        ({}, "a b", "a b"),
    ],
)
def test_what_is_typed_becomes_a_value_of_the_schemas_type(schema: Any, text: str, value: Any) -> None:
    """A number in a text field stays text; a menu's number is a number."""
    arguments, errors = edited(asked(schema), text)
    assert (arguments["x"], type(arguments["x"]), errors) == (value, type(value), {})


def test_an_emptied_nullable_field_is_null_where_the_argument_is_required_and_gone_where_not() -> None:
    """And the form lets a person empty it."""
    required = asked(NULLABLE_NUMBER, 5, required=True)
    assert field_of(required, "x")["optional"]
    assert "Empty means null" in field_of(required, "x")["hint"]["text"]
    assert edited(required, "") == ({"x": None}, {})
    assert edited(asked(NULLABLE_NUMBER, 5), "") == ({}, {})
    assert edited(asked(NULLABLE_NUMBER, None), "") == ({"x": None}, {})


def test_a_menu_that_cannot_show_its_words_apart_is_a_text_field() -> None:
    """Too many, too long, or a number and its own text."""
    for options in (list(range(101)), ["x" * 76], [1, "1"], [{"a": 1}], []):
        assert field_of(asked({"enum": options}), "x")["element"]["type"] == "plain_text_input"


def test_a_number_field_has_the_schemas_bounds() -> None:
    """Slack's own client says so before anything is sent."""
    element = field_of(asked({"type": "integer", "minimum": 1, "maximum": 5}), "x")["element"]
    assert (element["min_value"], element["max_value"], element["is_decimal_allowed"]) == ("1", "5", False)


def test_a_reference_that_leads_nowhere_is_a_field_of_any_type() -> None:
    """A circle, a foreign document, a missing place."""
    loop = {"a": {"$ref": "#/$defs/a"}}
    for reference in ("#/$defs/a", "https://example.com/x", "#/nowhere"):
        assert edited(asked({"$ref": reference}, defs=loop), "[1]") == ({"x": [1]}, {})


def test_names_that_no_field_can_have_get_none() -> None:
    """Slack wants 1 to 255 characters."""
    about = approval(arguments={"": 1, "n" * 256: 1, "n" * 255: 1}, argument_schema={"type": "object"}, sinks=[])
    assert field_names(about) == ["n" * 255]
    assert view_problems(edit_view(about)) == []


SCHEMAS = st.recursive(
    st.sampled_from([True, {}, {"type": "string"}, {"type": ["number", "null"]}, {"format": "date", "type": "string"}])
    | st.builds(lambda options: {"enum": options}, st.lists(st.none() | st.booleans() | st.integers() | st.text())),
    lambda inner: st.builds(lambda word, of: {word: of}, st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner)),
    max_leaves=4,
)


@given(SCHEMAS, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.text()))
def test_any_form_is_one_that_slack_takes_and_an_untouched_one_changes_nothing(schema: Any, value: Any) -> None:
    """Whatever a manifest says and whatever a model wrote."""
    about = asked(schema, value)
    view = edit_view(about)
    assert view_problems(view) == []
    assert edited_arguments(about, state_of(View("V1", "U1", view), {})) == ({"x": value}, {})


def test_what_was_written_out_is_itself_again_in_an_edited_text() -> None:
    """A mark that stands for a character stays that character; one that a person or the model wrote is text."""
    family, shown = "\U0001f468\u200d\U0001f469", "\U0001f468[U+200D]\U0001f469"
    assert edited(asked({"type": "string"}, f"from {family}"), f"for {shown}") == ({"x": f"for {family}"}, {})
    assert edited(asked({"type": "array"}, [family]), f'["{shown}", "b"]') == ({"x": [family, "b"]}, {})
    assert edited(asked({"type": "string"}, "a"), "a[U+200D]") == ({"x": "a[U+200D]"}, {})
    assert edited(asked({"type": "string"}, "a[U+200D]\u200d"), "b[U+200D]") == ({"x": "b[U+200D]"}, {})


@pytest.mark.parametrize("text", ["0.10000000000000000001", "12345678901234567.89", "1e-400"])
def test_a_number_that_would_be_rounded_is_told_at_its_field(text: str) -> None:
    """What runs is what was typed, to the last digit."""
    about = asked({"type": "number"}, 12.5)
    arguments, errors = edited(about, text)
    assert arguments == about.arguments
    assert "digits" in errors["x"]
    assert edited(about, "1250.00") == ({"x": 1250.0}, {})


def test_a_whole_number_that_is_too_large_is_told_so() -> None:
    """Not that it should be a whole number, which it is."""
    _, errors = edited(asked({"type": "integer"}, 12), str(2**70))
    assert "2^53" in errors["x"]


def test_options_that_look_alike_when_written_out_are_no_menu() -> None:
    """Two rows of a menu are two things to the eye."""
    options = ["a" * 66 + "\u200b\u200b", "a" * 66 + "\u200b\u200c"]
    assert field_of(asked({"enum": options}, options[0]), "x")["element"]["type"] == "plain_text_input"


def test_a_menu_of_an_optional_argument_has_a_row_for_nothing() -> None:
    """Slack's menus cannot be emptied once something was chosen."""
    about = asked({"enum": ["a", "b"]}, "a")
    nothing = field_of(about, "x")["element"]["options"][-1]
    assert nothing["text"]["text"] == "(nothing)"
    assert edited(about, nothing["value"]) == ({}, {})
    nullable = asked({"enum": ["a", "b", None]}, "a", required=True)
    assert edited(nullable, field_of(nullable, "x")["element"]["options"][-1]["value"]) == ({"x": None}, {})
    required = asked({"enum": ["a", "b"]}, "a", required=True)
    assert [option["value"] for option in field_of(required, "x")["element"]["options"]] == ["a", "b"]
    full = asked({"enum": list(range(100))}, 1)
    assert field_of(full, "x")["element"]["type"] == "plain_text_input"


def test_a_field_of_any_type_says_how_it_is_read() -> None:
    """12 is a number there, and nothing else tells the person."""
    hint = field_of(asked({"type": ["string", "integer"]}, "a"), "x")["hint"]["text"]
    assert '"12"' in hint


def test_every_argument_has_a_field_up_to_slacks_hundred_blocks() -> None:
    """Also the sixtieth; what a form of Slack's cannot hold is named."""
    names = [f"n{number:03}" for number in range(120)]
    about = approval(
        arguments=dict.fromkeys(names, "v"),
        argument_schema={"type": "object", "properties": {name: {"type": "string"} for name in names}},
        sinks=[],
    )
    view = edit_view(about)
    assert field_names(about) == names[:96]
    assert view_problems(view) == []
    assert "kept as they are: n096" in view["blocks"][-1]["elements"][0]["text"]
    assert "n115 and 4 more" in view["blocks"][-1]["elements"][0]["text"]


def test_a_form_that_slack_finds_too_large_leaves_fields_out() -> None:
    """250 KB is what Slack takes of a view; menus of a hundred long rows are soon that much."""
    rows = [f"{number:02}" + "\u00e4" * 70 for number in range(90)]
    names = [f"n{number:02}" for number in range(60)]
    about = approval(
        arguments=dict.fromkeys(names, rows[0]),
        argument_schema={"type": "object", "properties": {name: {"enum": rows} for name in names}},
        sinks=["n59"],
    )
    view = edit_view(about)
    assert len(json.dumps(view)) < 250_000
    assert 1 < len(field_names(about)) < 60
    assert field_names(about)[0] == "n59"


def test_a_day_that_no_calendar_has_is_a_text_field() -> None:
    """Slack refuses a whole form for one such day."""
    about = asked({"type": "string", "format": "date"}, "2027-02-30")
    assert field_of(about, "x")["element"]["type"] == "plain_text_input"


def test_a_text_of_emoji_that_slack_would_count_twice_gets_no_field() -> None:
    """A form that Slack refuses opens for nobody."""
    assert field_names(asked({"type": "string"}, "\U0001f600" * 1501)) == []
    assert field_names(asked({"type": "string"}, "\U0001f600" * 1500)) == ["x"]
    assert field_of(asked({"enum": ["\U0001f600" * 38]}, "a"), "x")["element"]["type"] == "plain_text_input"


def test_a_name_of_the_models_own_is_no_heading_of_the_form() -> None:
    """It stands below, in quotes, as what it is."""
    about = approval(arguments={"approved by ana": "yes"}, argument_schema={"type": "object"}, sinks=[])
    field = field_of(about, "approved by ana")
    assert field["label"]["text"] == "(a name of the model's own)"
    assert field["hint"]["text"].startswith('written by the model: "approved by ana"')
    assert edited_arguments(about, state_of(View("V1", "U1", edit_view(about)), {"approved by ana": "no"})) == (
        {"approved by ana": "no"},
        {},
    )
