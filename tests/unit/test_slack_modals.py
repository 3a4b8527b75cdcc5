"""The modals: fields from the schema, values back exactly, errors in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.slack.fields import edited_arguments, field_names
from tollgate.slack.modals import edit_view, reject_view

from local.slack_standin.block_check import view_problems
from local.slack_standin.payloads import state_of
from local.slack_standin.workspace import View
from tests.unit.approval_sample import approval

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def typed(view: dict[str, Any], **values: str) -> dict[str, Any]:
    """`view.state.values` after somebody typed these values."""
    return state_of(View("V1", "U1", view), values)


def test_there_is_a_field_per_argument_sinks_first() -> None:
    """In the card's order, then what the agent left out; with what it proposed."""
    view = edit_view(approval())
    inputs = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    assert list(inputs) == ["vendor_id", "amount", "note", "currency", "count", "urgent", "lines", "terms"]
    assert inputs["vendor_id"]["element"]["initial_value"] == "V-1"
    assert inputs["vendor_id"]["hint"]["text"] == "The vendor's number."
    assert inputs["currency"]["element"]["initial_option"]["value"] == "EUR"
    assert (inputs["amount"]["optional"], inputs["note"]["optional"]) == (False, True)
    assert view_problems(view) == []
    assert json.loads(view["private_metadata"]) == {"approval_id": "apr-1", "fingerprint": "sha256:f"}


def test_a_field_cannot_deceive() -> None:
    """What cannot be seen is written out, and the hint says so."""
    view = edit_view(approval(arguments={"vendor_id": "V\u202e1"}))
    field = next(block for block in view["blocks"] if block.get("block_id") == "vendor_id")
    assert field["element"]["initial_value"] == "V[U+202E]1"
    assert "invisible characters" in field["hint"]["text"]


def test_what_nobody_touched_comes_back_exactly() -> None:
    """Also what no text could express."""
    asked = approval(
        arguments={"vendor_id": "V\u202e1", "amount": 1.0, "note": "", "terms": {"days": 14}, "currency": "EUR"}
    )
    assert edited_arguments(asked, typed(edit_view(asked))) == (asked.arguments, {})


@given(st.dictionaries(st.sampled_from(["vendor_id", "amount", "note", "lines", "other", "urgent"]), VALUES))
def test_an_untouched_form_changes_nothing(arguments: dict[str, Any]) -> None:
    """For any arguments a model may have written."""
    asked = approval(arguments=arguments)
    view = edit_view(asked)
    assert view_problems(view) == []
    assert edited_arguments(asked, typed(view)) == (arguments, {})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("amount", "99.95", 99.95),
        ("amount", " 7 ", 7),
        ("count", "12", 12),
        ("urgent", "true", True),
        ("currency", "USD", "USD"),
        ("vendor_id", " V-2 ", " V-2 "),
        ("vendor_id", "12", "12"),
        ("lines", '["a"]', ["a"]),
        ("terms", '{"days": 30}', {"days": 30}),
    ],
)
def test_a_typed_value_has_the_fields_type(name: str, text: str, value: Any) -> None:
    """Numbers are numbers, text stays text as it was typed."""
    asked = approval()
    arguments, errors = edited_arguments(asked, typed(edit_view(asked), **{name: text}))
    assert (arguments[name], errors) == (value, {})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("amount", "12,50", "with a point"),
        ("amount", "NaN", "with a point"),
        ("amount", "true", "with a point"),
        ("amount", "1e999", "with a point"),
        ("count", "9007199254740993", "whole number"),
        ("vendor_id", "", "required"),
        ("terms", '{"a": 1, "a": 2}', "there twice"),
        ("count", "twelve", "whole number"),
        ("lines", "a, b", "JSON, like ["),
        ("terms", "{", "JSON, like {"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(name: str, text: str, words: str) -> None:
    """In words, with an example."""
    asked = approval()
    arguments, errors = edited_arguments(asked, typed(edit_view(asked), **{name: text}))
    assert list(errors) == [name]
    assert words in errors[name]
    assert arguments == asked.arguments


def test_an_emptied_field_takes_an_optional_argument_away() -> None:
    """And a required one is asked for at its field."""
    asked = approval()
    assert edited_arguments(asked, typed(edit_view(asked), note=""))[0] == {
        "vendor_id": "V-1",
        "amount": 12.5,
        "currency": "EUR",
    }
    assert edited_arguments(asked, typed(edit_view(asked), amount="")) == (
        asked.arguments,
        {"amount": "required: the tool does not run without it"},
    )


def test_fields_that_did_not_come_back_keep_their_value() -> None:
    """A submission speaks about what it holds."""
    asked = approval()
    state = {"amount": {"value": {"type": "plain_text_input", "value": "5"}}}
    assert edited_arguments(asked, state) == (asked.arguments | {"amount": 5}, {})


def test_a_value_that_no_field_holds_is_kept_and_named() -> None:
    """It is not cut, and the person knows."""
    asked = approval(arguments={"vendor_id": "V-1", "amount": 1, "note": "x" * 3001})
    view = edit_view(asked)
    assert "note" not in field_names(asked)
    assert "kept as they are: note" in json.dumps(view)
    arguments, _ = edited_arguments(asked, typed(view, amount="2"))
    assert arguments["note"] == "x" * 3001


def test_the_reject_modal_asks_why() -> None:
    """And lets a person say nothing."""
    view = reject_view(approval())
    assert view_problems(view) == []
    assert [block["optional"] for block in view["blocks"] if block["type"] == "input"] == [True]
