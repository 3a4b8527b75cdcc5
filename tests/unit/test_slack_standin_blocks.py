"""What Slack would refuse, the stand-in refuses."""

from typing import Any

import pytest

from local.slack_standin.block_check import is_too_large, is_too_long, message_problems, view_problems

PLAIN = {"type": "plain_text", "text": "x"}


def section(length: int) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": "x" * length}}


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([{"type": "section"}], "text or fields"),
        ([section(3001)], "1 to 3000"),
        ([section(0)], "1 to 3000"),
        ([{"type": "divider"}] * 51, "no more than 50"),
        ([{"type": "video"}], "unsupported"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "1 to 150"),
        ([{"type": "context", "elements": []}], "1 to 10"),
        ([{"type": "actions", "elements": [{"type": "button", "text": PLAIN, "value": "x" * 2001}]}], "2001"),
        ([{"type": "actions", "elements": [{"type": "button", "text": PLAIN, "style": "blue"}]}], "primary or danger"),
        ([{"type": "section", "fields": [PLAIN] * 11}], "no more than 10"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
        ([{"type": "divider", "block_id": ""}], "1 to 255"),
        (
            [{"type": "actions", "elements": [{"type": "button", "text": PLAIN, "confirm": {"title": PLAIN}}]}],
            "confirm/text",
        ),
        ([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}], "not unique"),
        ("text", "array"),
    ],
)
def test_a_message_over_a_limit_is_a_problem(blocks: Any, words: str) -> None:
    """Each limit by its number."""
    assert any(words in problem for problem in message_problems(blocks))


def modal(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "modal", "submit": PLAIN, "blocks": [{"type": "input", "label": PLAIN, "element": element}]}


def test_a_message_is_too_long_as_a_whole_before_any_block_is() -> None:
    """Five sections of 2,900 characters each keep their limits, and Slack refuses the message."""
    assert (is_too_long([section(2900)] * 4), is_too_long([section(2900)] * 5)) == (False, True)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({"type": "home"}, "type modal"),
        ({"type": "modal", "blocks": [], "title": {"type": "plain_text", "text": "x" * 25}}, "1 to 24"),
        (
            {"type": "modal", "blocks": [{"type": "input", "label": PLAIN, "element": {"type": "plain_text_input"}}]},
            "submit",
        ),
        (
            {"type": "modal", "blocks": [{"type": "input", "label": PLAIN, "element": {"type": "slider"}}]},
            "unsupported",
        ),
        ({"type": "modal", "blocks": [], "private_metadata": "x" * 3001}, "3000"),
        (modal({"type": "number_input"}), "is_decimal_allowed"),
        (modal({"type": "number_input", "is_decimal_allowed": True, "initial_value": "1e-7"}), "a number in a string"),
        (modal({"type": "datepicker", "initial_date": "tomorrow"}), "YYYY-MM-DD"),
        (modal({"type": "datepicker", "initial_date": "2027-02-30"}), "YYYY-MM-DD"),
        (modal({"type": "static_select", "options": [{"text": PLAIN, "value": "x" * 151}]}), "1 to 150"),
        (
            modal({"type": "number_input", "is_decimal_allowed": True, "initial_value": "9", "max_value": "5"}),
            "between min_value and max_value",
        ),
        (
            modal({"type": "plain_text_input", "max_length": 3000, "initial_value": "\U0001f600" * 1501}),
            "longer than max_length",
        ),
    ],
)
def test_a_modal_over_a_limit_is_a_problem(view: dict[str, Any], words: str) -> None:
    """Title, metadata, inputs."""
    assert any(words in problem for problem in view_problems(view))


def test_a_modal_over_250_kilobytes_is_too_large() -> None:
    """Slack has a word of its own for it."""
    view = modal({"type": "plain_text_input", "initial_value": "x" * 2900})
    assert not is_too_large(view)
    assert is_too_large({**view, "blocks": view["blocks"] * 90})
