"""Token estimates: the bounds that a reservation relies on."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.budget.estimate import estimate_input_tokens, estimate_text_tokens
from tollgate.models.message import Message, ModelRequest, TextBlock, ToolChoice, ToolResultBlock, ToolUseBlock

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def request_with(**changes: Any) -> ModelRequest:
    plain: dict[str, Any] = {
        "agent": "a",
        "execution_id": "exe-1",
        "step": 1,
        "system": "",
        "messages": [Message(role="user", content=[TextBlock(text="hello")])],
        "tools": [],
        "temperature": 0,
        "max_output_tokens": 10,
        "timeout_seconds": 1,
    }
    return ModelRequest(**plain | changes)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 9),
        ("tiktoken is great!", 6),
    ],
)
def test_published_counts_are_covered(text: str, tokens: int) -> None:
    """Counts of cl100k_base as OpenAI's cookbook prints them (How_to_count_tokens_with_tiktoken)."""
    assert estimate_text_tokens(text) >= tokens


@given(ANY_TEXT)
def test_any_text_is_estimated_at_a_third_of_its_bytes_times_the_margin(text: str) -> None:
    """A transcript bills at most 1.25 x bytes / 3, so no text is ever held at less."""
    assert estimate_text_tokens(text) >= len(text.encode()) * 1.25 / 3


@given(st.binary(min_size=15, max_size=3000))
def test_unbroken_run_is_estimated_at_a_token_per_1_4_bytes(data: bytes) -> None:
    """Base64 bills up to a token per 1.4 bytes: more than a transcript's rule would hold."""
    text = base64.b64encode(data).decode()
    assert estimate_text_tokens(text) >= len(text) / 1.4


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200))
def test_dense_numbers_are_estimated_at_a_token_per_digit_and_comma(numbers: list[int]) -> None:
    """No tokeniser joins a digit with the comma beside it."""
    text = json.dumps(numbers, separators=(",", ":"))
    assert estimate_text_tokens(text) >= 2 * len(numbers)


@given(st.integers(1, 300))
def test_emoji_are_estimated_at_three_tokens(count: int) -> None:
    """A four-byte character may cost three tokens, which a third of its bytes would not hold."""
    assert estimate_text_tokens("🧾" * count) >= 3 * count


@given(ANY_TEXT, ANY_TEXT)
def test_appended_text_never_lowers_the_estimate(text: str, more: str) -> None:
    """A longer conversation never reserves less."""
    assert estimate_text_tokens(text + more) >= estimate_text_tokens(text)


def test_ordinary_english_is_not_held_at_more_than_twice_its_cost() -> None:
    """A reservation that is far too large would end runs early; English prose is about 4.2 bytes a token."""
    text = "The invoice names an order that the ledger does not know, so it is held until a person has looked. " * 20
    assert estimate_text_tokens(text) < 2 * len(text) / 4.2


def test_every_part_of_the_request_counts() -> None:
    """System prompt, tools, results, calls and raw malformed text are all billed, so all are estimated."""
    long = "several words of text " * 50
    plain = estimate_input_tokens(request_with())
    use = ToolUseBlock(tool_use_id="1", name="t", arguments={"a": long})
    broken = ToolUseBlock(tool_use_id="1", name="t", malformed=long)
    result = ToolResultBlock(tool_use_id="1", text=long)
    for request in [
        request_with(system=long),
        request_with(tools=[ToolChoice(name="t", description=long, input_schema={})]),
        request_with(tools=[ToolChoice(name="t", description="", input_schema={"description": long})]),
        *(request_with(messages=[Message(role="user", content=[block])]) for block in (use, broken, result)),
    ]:
        assert estimate_input_tokens(request) > plain + len(long) / 3


def test_one_megabyte_is_estimated_in_linear_time() -> None:
    """A hostile document of blanks, quotes or letters must not make the estimate itself hang."""
    for unit in (" ", "\n ", "'", "a", "1", "é", "-_"):
        assert estimate_text_tokens(unit * (1_000_000 // len(unit))) > 0
