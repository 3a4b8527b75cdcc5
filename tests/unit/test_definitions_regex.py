"""Exponential patterns are told from those that only look like it."""

import re
import timeit

import pytest
from tollgate.definitions.regex import TooComplexError, is_exponential, needs_backtracking

EXPONENTIAL = [
    r"^(a+)+$", r"(a*)*", r"(\w+\s?)*$", r"^(\d+)*$", r"(a?b?)*$", r"([a-zA-Z]+)*@", r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y", r"^(.*)*$", r"(a|aa)+$", r"^(\s*\w+\s*,?)+$", r"(a{1,100}){1,100}", r"(?:a+?)+b", r"^((ab)*|a)*c",
    r"(\d|[0-9a-f]x?)*y", r"([^,]*,?)*;", r"(ab?b?c?)*(a+a*)*$",
]  # fmt: skip
LINEAR = [
    "", r"^[a-z]+$", r"^\d+(\.\d+)*$", r"^([a-z]+,)*[a-z]+$", r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", r"^(ab|ac)*$",
    r"^([0-9a-f]{2}){3}$", r"^\d{1,3}(,\d{3})*$", r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", r"^([A-Z]{2}[0-9]{2} ?){1,8}$",
    r"^(([0-9]{1,3})\.){3}[0-9]{1,3}$", r"^\S+( \S+)*$", r"^(a|b|[c-f])*$", r"^(\w+:)?(\d+)$", r"^a*b*c*$",
    r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z)?$", r"^(?:[a-z]+\d)*$", r"^([^,]+,)*$", r"^(\D\d)*$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_pattern_with_two_ways_round_is_exponential(pattern: str) -> None:
    """One word, two paths, back to the same state."""
    assert is_exponential(pattern)


@pytest.mark.parametrize("pattern", LINEAR)
def test_pattern_with_one_way_round_is_not(pattern: str) -> None:
    """Separators, disjoint characters and fixed counts keep the rounds apart."""
    assert not is_exponential(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"), [(r"^(a+)+$", "a" * 18 + "!"), (r"(x+x+)+y", "x" * 18), (r"^(\d+)*$", "1" * 18 + "x")]
)
def test_verdict_matches_a_backtracking_engine(pattern: str, text: str) -> None:
    """What is called exponential here does take Python's engine ten times longer for a few characters more."""
    compiled = re.compile(pattern)
    short = min(timeit.repeat(lambda: compiled.search(text[8:]), number=1, repeat=3))
    long = min(timeit.repeat(lambda: compiled.search(text), number=1, repeat=3))
    assert long > 10 * short


def test_large_patterns_are_not_guessed_at() -> None:
    """More states than can be analysed at once is an answer of its own."""
    with pytest.raises(TooComplexError, match="more than 150 states"):
        is_exponential("abc" * 60)
    with pytest.raises(re.error):
        is_exponential("(a")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^(?!x)y", True),
        (r"(?=a)b", True),
        (r"(?<=a)b", True),
        (r"(a)\1", True),
        (r"^a(?:b|c)$", False),
        ("ASSERT", False),
    ],
)
def test_look_around_and_back_references_are_seen(pattern: str, expected: bool) -> None:
    """No linear-time engine has them."""
    assert needs_backtracking(pattern) == expected
