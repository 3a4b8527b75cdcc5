"""Known values are found however they were copied, and nothing else is; in linear time for any number of them."""

import json

import pytest
from tollgate.redaction.matcher import Matcher

from tests.cpu_time import seconds

LONG = "Wilhelmina Canaryson, Vogelweg 7b, 89073 Ulm, and nobody else in the world"
VALUES = {"Wilhelmina Canaryson": "name", "+49 171 5550188": "phone", "Ulm1": "town", "4711.5": "sum", LONG: "letter"}
FOUND = [
    ("to Wilhelmina Canaryson.", "Wilhelmina Canaryson"),
    ("WILHELMINA\u00a0 CANARYSON!", "WILHELMINA\u00a0 CANARYSON"),
    ("mail wilhelmina.canaryson@x.org", "wilhelmina.canaryson"),
    ("idWilhelminaCanaryson9", "WilhelminaCanaryson"),
    ("tel:+491715550188;", "+491715550188"),
    ("tel (+49) 171/555-0188", "+49) 171/555-0188"),
    ("in ULM1, today", "ULM1"),
    ("paid 4711.5 EUR", "4711.5"),
    (f"> {LONG[:30]}…", LONG[:30]),
    (f"{LONG[:40]} of some other town", LONG[:40]),
    ("ends with Wilhelmina Canarys", "Wilhelmina Canarys"),
]
NOT_FOUND = ["Wilhelm Canary", "Ulm12", "xUlm1", "4711.55", "+49 171 555018", "Wilhelmina and many others", ""]


@pytest.mark.parametrize(("text", "part"), FOUND)
def test_value_is_found_as_it_was_copied(text: str, part: str) -> None:
    """The hit covers the whole copy and nothing around it."""
    (hit,) = Matcher(VALUES).hits(text)
    assert text[hit.start : hit.end] == part


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_resembles_a_value_is_let_be(text: str) -> None:
    """Short values are words of their own, and a beginning must be long or cut off."""
    assert Matcher(VALUES).hits(text) == []


@pytest.mark.parametrize("value", ["abc", "x", "", "---------", "n o"])
def test_value_that_carries_next_to_nothing_is_not_looked_for(value: str) -> None:
    """It would black out half of every text."""
    matcher = Matcher({value: "short"})
    assert not matcher
    assert matcher.hits(f"{value} and {value}") == []


@pytest.mark.parametrize("written", [json.dumps, repr, lambda text: json.dumps(text, ensure_ascii=False)])
def test_value_is_found_where_it_was_quoted(written: object) -> None:
    """Escapes of JSON and of Python's messages are other spellings of the same value."""
    value = 'Jürgen "the key" Öttinger\tson'
    text = f"given: {written(value)}"  # type: ignore[operator]
    (hit,) = Matcher({value: "name"}).hits(text)
    assert "ttinger" in text[hit.start : hit.end]
    assert text[hit.start : hit.start + 1] == "J"


def test_each_line_of_a_text_is_a_value() -> None:
    """People and models quote by the line."""
    matcher = Matcher({"Dear Wilhelmina,\nthe secret meeting is at noon\n": "letter"})
    assert len(matcher.hits("He wrote: the secret meeting is at noon.")) == 1


def test_value_that_is_the_beginning_of_another_is_found_alone() -> None:
    """The longer one does not hide it."""
    matcher = Matcher({"Wilhelmina Canaryson": "name", f"Wilhelmina Canaryson{'z' * 60}": "longer"})
    (hit,) = matcher.hits("Wilhelmina Canaryson was here and stayed")
    assert (hit.end, hit.label) == (20, "name")


def test_values_that_overlap_are_masked_to_the_end_of_both() -> None:
    """No tail of the second is left."""
    text = "Wilhelmina Canaryson Vogelweg"
    (hit,) = Matcher({"Wilhelmina Canaryson": "name", "Canaryson Vogelweg": "place"}).hits(text)
    assert (hit.start, hit.end) == (0, len(text))


HOSTILE = {
    "one letter": (["a" * 50_000 + "b"], "a"),
    "beginnings alike": ([f"{'a' * 20}{number:05d}" for number in range(3000)], "a" * 20 + "9"),
    "many values": ([f"customer-{number:06d}" for number in range(20_000)], "customer-00 "),
    "nested": (["a" * size for size in range(8, 400)], "a" * 399 + "b"),
    "short words": ([f"w{number:04d}" for number in range(5000)], "w0001 "),
}


@pytest.mark.parametrize(("values", "part"), HOSTILE.values(), ids=list(HOSTILE))
def test_ten_times_the_text_takes_about_ten_times_as_long(values: list[str], part: str) -> None:
    """Quadratic time would be a hundred times; forty leaves room for a machine that does other things."""
    matcher = Matcher(dict.fromkeys(values, "x"))
    matcher.hits(part * 10)
    short, long = _seconds(matcher, part, 20_000), _seconds(matcher, part, 200_000)
    assert long < 40 * max(short, 0.002), f"{short:.4f} s, then {long:.4f} s"


def _seconds(matcher: Matcher, part: str, size: int) -> float:
    text = (part * (size // len(part) + 1))[:size]
    return seconds(lambda: matcher.hits(text))
