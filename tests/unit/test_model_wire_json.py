"""JSON that a model wrote: one meaning, or malformed with its text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.model.wire_json import MAX_DEPTH, arguments_of, clean, cut_deep, parse_arguments, read_document

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_ordinary_json_is_read_as_python_reads_it(value: Any) -> None:
    """Nothing is coerced on the way, and the objects are plain dicts again."""
    text = json.dumps(value)
    arguments, malformed = parse_arguments(text)
    assert malformed is None
    assert arguments == json.loads(text)
    assert type(arguments) is type(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"amount": 1, "amount": 9999}',
        '{"a": {"b": 1, "b": 2}}',
        '[{"a": 1, "a": 1}]',
        '{"amount": NaN}',
        '{"amount": -Infinity}',
        '{"amount": 1e999}',
        '{"amount": ' + "9" * 5000 + "}",
        '{"name": "\\ud800"}',
        '{"amount": 1',
        "{'amount': 1}",
        '{"amount": 1} trailing',
        "not json",
    ],
)
def test_json_with_more_than_one_meaning_is_malformed_and_keeps_its_text(text: str) -> None:
    """Equal keys, numbers that are none, broken text: what was checked would not be what was sent."""
    assert parse_arguments(text) == (None, text)


def test_malformed_object_inside_a_document_shows_both_of_its_equal_keys() -> None:
    """The refusal must show what the model wrote, not what a parser made of it."""
    document = read_document(b'{"input": {"iban": "A", "iban": "B", "n": NaN, "x": [1.5, null, "\\u00e9"]}}')
    arguments, text = arguments_of(document["input"])
    assert arguments is None
    assert text == '{"iban": "A", "iban": "B", "n": NaN, "x": [1.5, null, "\\u00e9"]}'


def test_deep_nesting_is_cut_and_the_rest_is_kept() -> None:
    """A hundred thousand brackets would exhaust the parser's stack and end the execution instead of the call."""
    deep = b"[" * 100_000 + b"]" * 100_000
    document = read_document(b'{"before": 1, "input": ' + deep + b', "after": [2, "]]"]}')
    assert (document["before"], document["after"]) == (1, [2, "]]"])
    depth, inner = 0, document["input"]
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    assert depth == MAX_DEPTH - 1


@given(JSON_VALUES)
def test_shallow_json_is_never_cut(value: Any) -> None:
    """Brackets in strings, escaped quotes and all: what is not deep comes through byte for byte."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert cut_deep(body) == body


def test_unclosed_brackets_and_strings_are_not_json() -> None:
    """A truncated answer is an error of the server's, however deep it was."""
    for body in (b"[" * 5000, b'{"a": "' + b'\\"' * 5000, b'{"a": \xff}', b""):
        with pytest.raises(ValueError):  # noqa: PT011 (any: JSON or UTF-8)
            read_document(body)


def test_hostile_unclosed_string_is_scanned_in_linear_time() -> None:
    """Two megabytes of escaped quotes: a scanner that starts again at each would need hours."""
    with pytest.raises(ValueError):  # noqa: PT011
        read_document(b'{"a": "' + b'\\"' * 1_000_000)


def test_lone_surrogate_is_replaced_in_text() -> None:
    """A lone surrogate cannot be stored, sent or shown."""
    assert clean("a\ud800b") == "a?b"
