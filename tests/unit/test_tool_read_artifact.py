"""`read_artifact` by itself: any part of a value, as whole JSON within bounds, and where to go on."""

import json
import random
import re
from typing import Any

import pytest
from tollgate.builtin_tools.read_artifact.handler import handle
from tollgate.models.principal import Principal
from tollgate.tool_runtime.output import cut
from tollgate.tool_runtime.tool_call import ToolCall

ANA = Principal(id="ana", tenant="acme", kind="person")
MOST = 6_000
ROWS = [{"id": number, "text": f"row {number}"} for number in range(1_000)]


def read(value: Any, *, most: int = MOST, **arguments: Any) -> dict[str, Any]:
    """The tool's answer, which is never larger than the model is shown."""
    call = ToolCall("exe-1", "c0", 1, "k", ANA, most, lambda: 30.0, lambda result: {})
    answer = handle({"artifact": value, **arguments}, call)
    assert len(json.dumps(answer, ensure_ascii=False).encode()) <= most
    return answer


def test_list_is_read_by_items() -> None:
    """Offset and limit count items; the answer says where it stands in the whole."""
    assert read(ROWS, offset=10, limit=2) == {
        "kind": "list", "total": 1_000, "offset": 10, "count": 2, "next_offset": 12, "part": ROWS[10:12],
    }  # fmt: skip


def test_object_is_read_by_keys_in_their_order() -> None:
    """Offset and limit count keys."""
    value = {"b": 1, "a": 2, "c": 3}
    answer = read(value, offset=1, limit=1)
    assert (answer["kind"], answer["part"], answer["next_offset"]) == ("object", {"a": 2}, 2)


def test_text_is_read_by_characters() -> None:
    """Offset and limit count characters, not bytes."""
    answer = read("äöü" * 100, offset=1, limit=4)
    assert (answer["kind"], answer["part"], answer["total"], answer["next_offset"]) == ("text", "öüäö", 300, 5)


@pytest.mark.parametrize(("value", "kind"), [(7, "number"), (1.5, "number"), (True, "true"), (None, "null")])
def test_scalar_is_read_whole(value: Any, kind: str) -> None:
    """It is its own only part."""
    answer = read({"at": value}, pointer="/at")
    assert (answer["kind"], answer["part"], answer["total"], answer["next_offset"]) == (kind, value, 1, None)


@pytest.mark.parametrize(
    "value", [ROWS, {f"key {n}": "x" * (n % 50) for n in range(3_000)}, "\u00e9\"\\\u0001 wörter " * 9_000, []],
    ids=["list", "object", "text", "empty"],
)  # fmt: skip
def test_parts_put_together_are_the_whole(value: Any) -> None:
    """Following `next_offset` misses nothing and repeats nothing."""
    parts, offset = [], 0
    while offset is not None:
        answer = read(value, offset=offset)
        parts.append(answer["part"])
        offset = answer["next_offset"]
        assert offset is None or answer["count"]
    joined: Any = type(value)()
    for part in parts:
        joined = joined | part if isinstance(joined, dict) else joined + part
    assert joined == value
    assert list(joined) == list(value)


def test_part_is_as_long_as_fits() -> None:
    """Without a limit the model gets what it may be shown, not a page of a chosen size."""
    answer = read(ROWS)
    more = len(json.dumps(ROWS[answer["count"]]).encode()) + 2
    assert len(json.dumps(answer).encode()) + more > MOST


@pytest.mark.parametrize("inner", ["x" * 50_000, list(range(20_000)), {"deep": {"er": ["y" * 9_000] * 9}}])
@pytest.mark.parametrize("kind", ["list", "object"])
def test_member_that_does_not_fit_is_shown_cut_with_its_pointer(kind: str, inner: Any) -> None:
    """One member too large for any answer is not a dead end: it is shown cut, and can be read by itself."""
    value: Any = [inner, 1] if kind == "list" else {"a/b": inner, "c": 1}
    answer = read({"top": value}, pointer="/top")
    assert (answer["count"], answer["next_offset"]) == (1, 1)
    (place,) = answer["shown_cut"]
    assert read({"top": value}, pointer=f"/top{place}")["part"]
    assert read({"top": value}, pointer="/top", offset=1)["part"] in ([1], {"c": 1})


def test_key_too_long_to_be_shown_is_told_and_passed() -> None:
    """Not even the key fits: the answer says so and goes on behind it."""
    answer = read({"k" * 10_000: 1, "c": 2})
    assert "too long to be shown (10000 characters)" in answer["part"]
    assert answer["next_offset"] == 1


@pytest.mark.parametrize(
    ("pointer", "says"),
    [
        ("/rows/3", "there is no /rows/3: /rows is a list of 2, counted from 0"),
        ("/rows/-1", "there is no /rows/-1: /rows is a list of 2"),
        ("/row", 'there is no /row: the top is an object with the keys ["rows", "a/b"]'),
        ("/rows/0/id/x", "/rows/0/id is a number with nothing below it"),
        ("rows/0", "no JSON Pointer; write one such as /rows/12"),
    ],
)
def test_pointer_that_leads_nowhere_is_told_what_there_is(pointer: str, says: str) -> None:
    """The error names the place where the way ends, and what is there."""
    with pytest.raises(ValueError, match=re.escape(says)):
        read({"rows": [{"id": 1}, {"id": 2}], "a/b": 3}, pointer=pointer)


def test_pointer_escapes_are_understood() -> None:
    """As in RFC 6901."""
    assert read({"a/b": {"~": 5}}, pointer="/a~1b/~0")["part"] == 5


def test_offset_past_the_end_is_told_with_the_total() -> None:
    """At the end there is nothing more; past it is a mistake."""
    assert read([1, 2], offset=2)["part"] == []
    with pytest.raises(ValueError, match="offset 3 is past the end: the list has 2"):
        read([1, 2], offset=3)


def test_whole_numbers_written_as_decimals_are_whole_numbers() -> None:
    """JSON Schema takes 1.0 for an integer, so the tool does too."""
    assert read([1, 2, 3], offset=1.0, limit=1.0)["part"] == [2]


def test_any_value_is_read_within_bounds() -> None:
    """Random values at random places: always an answer, always within bounds (`read` holds them), always JSON."""
    dice = random.Random(7)

    def some(depth: int) -> Any:
        kind = dice.choice(["text", "number", "list", "object"] if depth else ["text", "number"])
        if kind == "text":
            return dice.choice('aé\n"\\😀') * dice.choice([0, 3, 700, 9_000])
        if kind == "number":
            return dice.choice([0, -1.5, 10**15, True, None])
        members = [some(depth - 1) for _ in range(dice.choice([0, 1, 5, 40]))]
        return members if kind == "list" else {f"k{n}" * dice.choice([1, 30]): m for n, m in enumerate(members)}

    for _ in range(150):
        value = some(3)
        answer = read(value, most=dice.choice([600, 1_500, MOST]))
        assert json.loads(json.dumps(answer)) == answer


def test_answer_is_never_cut_again() -> None:
    """The wrapper's own cut finds nothing to do: an answer of this tool is no artifact."""
    answer = read(ROWS)
    assert cut(answer, MOST // 3)[1] is False
