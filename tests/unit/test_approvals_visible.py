"""What a person sees is what is there."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.approvals.visible import one_line, visible, warnings

from tests.cpu_time import seconds


@pytest.mark.parametrize(
    "hidden",
    [
        "\u202e",
        "\u200b",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\u3164",
        "\u2800",
        "\ufe0f",
        "\U000e0041",
        "\x00",
        "\x1b",
        "\t",
        "\u00a0",
        "\ud800",
        "\u2028",
        "\ue000",
    ],
)
def test_what_cannot_be_seen_is_written_out(hidden: str) -> None:
    """Direction, joiners, fillers, tags, controls, odd spaces."""
    assert visible(f"a{hidden}b") == f"a[U+{ord(hidden):04X}]b"
    assert warnings(f"a{hidden}b")


@pytest.mark.parametrize(
    "text",
    [
        "Zürich AG", "東京カナ 株式会社", "Ελλάδα", "Привет мир", "naïve café", "10.000,00 €", "한국어 中文", "H₂O µm",
        "Calle Mayor Nº 5, 1ª", "\u0441\u0430\u0445\u0430\u0440 для \u043e\u0441",
    ],
)  # fmt: skip
def test_honest_text_stays_and_warns_of_nothing(text: str) -> None:
    """Each word in one script, whatever the script."""
    assert (visible(text), warnings(text)) == (text, [])


def test_mixed_scripts_and_punycode_are_named() -> None:
    """Inside one word, and with the word."""
    assert warnings("p\u0430ypal") == ["mixes Cyrillic and Latin letters in 'p\u0430ypal'"]
    assert warnings("see xn--80ak6aa92e.com") == ["contains the punycode name 'xn--80ak6aa92e'"]


def test_an_address_is_read_as_one_word() -> None:
    """Each label in one script deceives all the same, as \u0430\u0440\u0440\u04cf\u0435.com does."""
    for address in ("\u0430\u0440\u0440\u04cf\u0435.com", "pay@\u0430\u0440\u0440\u04cf\u0435.com"):
        assert warnings(f"see {address} now") == [f"mixes Cyrillic and Latin letters in {address!r}"]


@pytest.mark.parametrize("text", ["\u0430\u0441\u0430", "ACME \u0420\u0430\u0443", "\u0391\u0392\u039d AMRO Bank"])
def test_a_word_of_another_scripts_look_alikes_is_named(text: str) -> None:
    """Every letter of one script, and yet a Latin word to the eye."""
    assert any("looks Latin" in warning for warning in warnings(text))


def test_marks_piled_on_a_letter_are_written_out_from_the_third() -> None:
    """They would be drawn over the lines around them; real writing needs no more than two."""
    assert visible("a\u0302\u0301") == "a\u0302\u0301"
    assert visible("a" + "\u0301" * 4) == "a\u0301\u0301[U+0301][U+0301]"
    assert warnings("a" + "\u0301" * 4)


@pytest.mark.parametrize("struck", ["1\u0336", "1\u0338", "1\u20dd", "1\u20e0"])
def test_a_mark_drawn_across_a_character_is_written_out(struck: str) -> None:
    """A number that looks struck out is the number."""
    assert visible(struck) == f"1[U+{ord(struck[1]):04X}]"


@pytest.mark.parametrize("unit", ["a", "a-", "xn--", "a.", "a@", "\u0430a"])
def test_a_text_of_any_shape_is_read_once(unit: str) -> None:
    """Twice the text is twice the work: the longest argument that a model may write does not stop its card."""
    took = []
    for size in (4_000, 32_000):
        took.append(seconds(partial(warnings, unit * (size // len(unit)))))
    assert took[1] < 24 * max(took[0], 0.002), took


@pytest.mark.parametrize(
    ("text", "character"), [("DE\uff11\uff12", "\uff11"), ("\U0001d400CME", "\U0001d400"), ("\uff35SD", "\uff35")]
)
def test_letters_and_digits_in_disguise_are_named(text: str, character: str) -> None:
    """Full-width and mathematical forms are others to a machine, and the same to an eye."""
    assert any(f"contains {character!r}, which looks like" in warning for warning in warnings(text))


@given(st.text(max_size=300), st.integers(40, 200))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    """And says how much is missing."""
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit
    assert visible(line) == line or "⏎" in line
