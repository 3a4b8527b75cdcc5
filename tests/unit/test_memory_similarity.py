"""Which earlier request is most like a new one."""

import pytest
from tollgate.memory.similarity import scores, words

TEXTS = [
    "Match invoice 17 of Nordwind to its order",
    "Hold the invoice of Suedwind: the order is missing",
    "Ask for a refund of the train ticket",
]


def test_the_text_that_shares_the_rarer_words_comes_first() -> None:
    """`invoice` and `order` stand in two texts, `Nordwind` in one."""
    first, second, third = scores("The invoice of nordwind", TEXTS)
    assert first > second > third > 0


def test_texts_that_share_nothing_score_nothing() -> None:
    """Nothing alike is no example, however many there are."""
    assert scores("weather tomorrow", TEXTS) == [0.0, 0.0, 0.0]


def test_a_long_text_is_not_alike_because_it_is_long() -> None:
    """The same word in a short text says more about it."""
    short, long = scores("nordwind", ["nordwind invoice", "nordwind invoice " + "and much else " * 50])
    assert short > long > 0


def test_a_word_said_often_counts_for_ever_less() -> None:
    """A text cannot push itself forward without bound by repeating a word."""
    once, hundred = scores("alpha beta", ["alpha beta gamma delta", " ".join(["alpha"] * 100)])
    assert once > hundred


@pytest.mark.parametrize("texts", [[], [""], ["", "--"]])
def test_nothing_to_compare_with_is_no_error(texts: list[str]) -> None:
    """An empty memory, or one of empty requests."""
    assert scores("invoice", texts) == [0.0] * len(texts)


def test_words_are_those_of_any_script_in_one_case() -> None:
    """Single letters and signs say nothing."""
    assert words("Größe: A-17, ΝΊΚΗ 発注書 x") == ["grösse", "17", "νίκη", "発注書"]
