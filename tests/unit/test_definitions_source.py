"""Files are read as plain data with positions, and what is no plain data is refused at its line."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tollgate.definitions import source
from tollgate.definitions.problem import ProblemError

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(codec="utf-8", exclude_characters="\ufeff\x85\u2028\u2029", exclude_categories=("Cc", "Cn"))
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~ <>*&!%@", max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)

REFUSED = [
    ("a: 1\nb:\n\tc: 2\n", "f:3: error: the line is indented with a tab. write: spaces only"),
    ("a: 1\nb: 2\na: 3\n", "f:3: error: the key `a` is already on line 1. write: `a` only once"),
    ("x: {a: 1, a: 2}\n", "f:1: error: the key `a` is already on line 1. write: `a` only once"),
    (
        "a: 1\nb: c: d\n",
        "f:2: error: this is not valid YAML: mapping values are not allowed in this context. "
        'write: a text that contains ": " in quotes, and each key on its own line',
    ),
    (
        'a: 1\nb: "abc\n',
        "f:2: error: this is not valid YAML: found unexpected end of stream. write: the closing quote",
    ),
    (
        "a: {b: 1,\n",
        "f:1: error: this is not valid YAML: did not find expected node content. "
        "write: a value, or the closing bracket",
    ),
    (
        "a: @b\n",
        "f:1: error: this is not valid YAML: found character that cannot start any token. write: the value in quotes",
    ),
    ("", "f:1: error: the file is empty. write: `schema_version: 1` and the other required fields"),
    (
        "a: 1\n---\nb: 1\n",
        "f:2: error: a second document starts here. write: one document per file, without a second `---`",
    ),
    (
        "a: 1\nb: !!python/object/apply:os.system [id]\n",
        "f:2: error: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed: files are plain data. "
        "write: the value alone",
    ),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", "f:3: error: the merge key `<<` is not allowed. write: the fields out in full"),
    ("a: &x [1, *x]\n", "f:1: error: the alias *x stands inside its own anchor. write: the value itself"),
    ("a: *x\n", "f:1: error: the alias *x has no anchor before it. write: the value itself"),
    (
        "a:\n- 0123\n",
        'f:2: error: the number 0123 starts with a zero. write: "0123" in quotes if it is a code, or no zero',
    ),
    ("a: .inf\n", "f:1: error: .inf is not a number in JSON. write: a finite number"),
    ("a: 1e999\n", "f:1: error: the number 1e999 is too large for JSON. write: a number below 1.8e308"),
    (
        "a: 9007199254740992\n",
        "f:1: error: the integer 9007199254740992 is beyond 2^53, where JSON readers disagree. "
        "write: it in quotes, as text",
    ),
    ("? [a]\n: 1\n", "f:1: error: a key must be a text. write: `name: value`"),
    ("a: 1\nb: \x00\n", "f:2: error: the file contains U+0000, which YAML does not allow. write: the text without it"),
    ("[" * 100_000, "f:1: error: values are nested deeper than 64. write: a flatter structure"),
]


@pytest.mark.parametrize(("text", "expected"), REFUSED, ids=range(len(REFUSED)))
def test_bad_syntax_is_refused_with_its_line_and_remedy(text: str, expected: str) -> None:
    """Every refusal names the line, the cause and what to write instead."""
    with pytest.raises(ProblemError) as caught:
        source.parse(text, "f")
    assert str(caught.value) == expected


def test_exponential_aliases_are_refused_before_they_are_expanded() -> None:
    """Ten lines that stand for a billion values are counted out, not built."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(ProblemError, match="more than 50,000 values, aliases included"):
        source.parse("\n".join(lines), "f")


def test_nested_aliases_are_bounded_in_depth() -> None:
    """Aliases may not build what could not be written out."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80)]
    with pytest.raises(ProblemError, match="deeper than 64, aliases included"):
        source.parse("\n".join(lines), "f")


def test_alias_stands_for_the_value_of_its_anchor() -> None:
    """A plain alias is allowed; its parts are where the anchor wrote them."""
    parsed = source.parse("a: &x {b: 1}\nc: *x\n", "f")
    assert parsed.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert parsed.position("/c") == source.Position(2, 1)
    assert parsed.position("/c/b") == source.Position(1, 8)


def test_positions_are_of_keys_and_items_and_fall_back_to_the_parent() -> None:
    """A pointer that the file lacks is reported where its parent stands."""
    parsed = source.parse("a: 1\nb:\n  - x\n  - {c/d: 2}\n", "f")
    positions = {name: (at.line, at.column) for name, at in parsed.positions.items()}
    assert positions == {"": (1, 1), "/a": (1, 1), "/b": (2, 1), "/b/0": (3, 5), "/b/1": (4, 5), "/b/1/c~1d": (4, 6)}
    assert parsed.position("/b/1/missing/deeper") == source.Position(4, 5)


def test_words_and_dates_stay_text() -> None:
    """YAML 1.1 would make false of Norway, ninety of a time, and no JSON of a date."""
    parsed = source.parse("country: NO\nat: 1:30\nday: 2027-06-30\non: yes\n1: x\n", "f")
    assert parsed.value == {"country": "NO", "at": "1:30", "day": "2027-06-30", "on": "yes", "1": "x"}


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader], ids=["libyaml", "python"])
@settings(max_examples=150, deadline=None)
@given(value=JSON_VALUES)
def test_json_reads_as_json(loader: type, value: object) -> None:
    """Every JSON document is the same value read as YAML, with either of PyYAML's parsers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_Loader", loader)
        for text in (json.dumps({"v": value}), json.dumps({"v": value}, indent=2, ensure_ascii=False)):
            assert source.parse(text, "f").value == {"v": value}


def test_json_may_be_indented_with_tabs_and_escape_in_pairs() -> None:
    """What JSON allows is allowed in a JSON file."""
    assert source.parse('{\n\t"a": "\\ud83d\\ude00",\n\t"b": "\\\\ud83d\\\\ude00"}', "f").value == {
        "a": "😀",
        "b": "\\ud83d\\ude00",
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: 1\nb: \xff\n", ":2: error: byte 0xff is not UTF-8. write: the file saved as UTF-8"),
        (b"#" * 1_000_001, ":1: error: the file is larger than 1,000,000 bytes. write: a smaller file"),
        (None, ":1: error: the file cannot be read (No such file or directory). write: a readable file"),
    ],
    ids=["not utf-8", "large", "missing"],
)
def test_unreadable_file_is_refused(tmp_path: Path, data: bytes | None, expected: str) -> None:
    """Bytes are looked at before YAML is."""
    path = tmp_path / "tool.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ProblemError) as caught:
        source.read(path)
    assert str(caught.value) == f"{path}{expected}"


def test_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "tool.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert source.read(path).value == {"a": 1}
