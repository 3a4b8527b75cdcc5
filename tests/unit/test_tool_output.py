"""What of a tool's output the model reads, and what is no output at all."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tollgate.tool_runtime.output import BYTES_PER_TOKEN, MAX_BYTES, ToolOutputError, cut, encoded

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels - 1):
        value = [value]
    return value


def ring() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@settings(max_examples=300, deadline=None)
@given(value=JSON_VALUES, repeat=st.integers(1, 60), limit=st.integers(50, 400))
def test_any_output_is_cut_to_valid_json_within_the_limit(value: Any, repeat: int, limit: int) -> None:
    """Whatever the shape, the model reads valid JSON that fits, and what fits whole is not touched."""
    output = [value] * repeat
    text, was_cut = cut(output, limit)
    assert len(text.encode()) <= limit * BYTES_PER_TOKEN
    assert was_cut == (len(encoded(output)) > limit * BYTES_PER_TOKEN)
    assert was_cut or json.loads(text) == output
    json.loads(text)


def test_cut_list_keeps_its_ends_and_counts_the_rest() -> None:
    """Head and tail stay in order, and the note says how many are missing."""
    text, was_cut = cut([{"id": number, "note": "x" * 20} for number in range(500)], 100)
    shown = json.loads(text)
    assert was_cut
    assert shown[0]["id"] == 0
    assert shown[-1]["id"] == 499
    left_out = 500 - (len(shown) - 1)
    assert f"[{left_out} of 500 items cut]" in shown


def test_cut_object_keeps_its_keys() -> None:
    """Of a long text in an object the beginning stays, and the short fields beside it stay whole."""
    text, _ = cut({"id": "V-7", "name": "Acme", "history": "long " * 5_000}, 100)
    shown = json.loads(text)
    assert (shown["id"], shown["name"]) == ("V-7", "Acme")
    assert shown["history"].startswith("long long")
    assert "more characters]" in shown["history"]


def test_object_used_as_a_table_keeps_its_first_keys() -> None:
    """Thousands of keys do not make the whole output disappear."""
    text, _ = cut({f"key{number}": number for number in range(5_000)}, 100)
    shown = json.loads(text)
    assert shown["key0"] == 0
    assert "of 5000 keys cut" in shown["…"]


def test_long_text_uses_the_room_it_has() -> None:
    """A text is cut near the limit, not at a fixed small length."""
    text, _ = cut("word " * 20_000, 1_000)
    assert len(text.encode()) > 1_000


@pytest.mark.parametrize(
    ("output", "named"),
    [
        (b"\xff\xfe", "not JSON serializable"),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, "not JSON serializable"),
        (Decimal("1.1"), "not JSON serializable"),
        ({1, 2}, "not JSON serializable"),
        ({("a", 1): 2}, "keys must be"),
        (float("nan"), "nan is no JSON number"),
        ([1.0, float("inf")], "/1: inf is no JSON number"),
        ({"order": {"lines": [{}, {"pdf": b"%PDF"}]}}, "/order/lines/1/pdf: bytes is not JSON serializable"),
        ({"a/b": "\ud800"}, "/a~1b: the text is not valid Unicode"),
        ("\ud800 alone", "surrogate pair"),
        (ring(), "nested levels"),
        (nested(65), "more than 64 nested levels"),
        (nested(200_000), "more than 64 nested levels"),
        ("x" * (MAX_BYTES + 1), "the most is 10,485,760"),
        (["x" * 1_000_000] * 50, "the most is 10,485,760"),
        ({"k" * (MAX_BYTES + 1): 1}, "the most is 10,485,760"),
        ("é" * (MAX_BYTES - 100), "the most is 10,485,760"),
        (10**5_000, "not JSON"),
    ],
    ids=lambda given: given[:30] if isinstance(given, str) else type(given).__name__,
)
def test_output_that_is_no_bearable_json_is_a_named_error(output: Any, named: str) -> None:
    """The error says what is wrong with the output in words that the tool's author can act on."""
    with pytest.raises(ToolOutputError, match=named):
        cut(output, 100)


def test_deepest_bearable_output_passes() -> None:
    """64 levels are let through whole."""
    assert cut(nested(64), 100) == (json.dumps(nested(64)), False)
