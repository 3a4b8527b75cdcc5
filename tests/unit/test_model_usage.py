"""Provider figures -> usage: parts that never overlap, a total that counts everything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tollgate.model.usage import NOT_REPORTED, from_bedrock, from_openai
from tollgate.models.message import Usage


def test_bedrock_cached_tokens_beside_the_input_are_kept_apart() -> None:
    """Most models' inputTokens leaves cached tokens out: figures of a real Anthropic call."""
    figures = {"inputTokens": 4, "outputTokens": 832, "totalTokens": 2326, "cacheReadInputTokens": 1490}
    assert from_bedrock(figures) == Usage(
        input_tokens=4, output_tokens=832, cache_read_tokens=1490, cache_write_tokens=0, total_tokens=2326
    )


def test_bedrock_cached_tokens_within_the_input_are_taken_out() -> None:
    """Where the total shows that inputTokens counts them in, they are not charged twice."""
    figures = {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110, "cacheReadInputTokens": 40}
    figures["cacheWriteInputTokens"] = 30
    assert from_bedrock(figures) == Usage(
        input_tokens=30, output_tokens=10, cache_read_tokens=40, cache_write_tokens=30, total_tokens=110
    )


def test_bedrock_total_below_its_parts_is_raised_to_their_sum() -> None:
    """Cached tokens are paid from the budget even by a total that forgets them."""
    figures = {"inputTokens": 4, "outputTokens": 5, "totalTokens": 9, "cacheReadInputTokens": 1000}
    assert from_bedrock(figures).total_tokens == 1009


def test_openai_cached_tokens_are_part_of_the_prompt() -> None:
    """Figures from OpenAI's guide on prompt caching."""
    figures = {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306}
    assert from_openai(figures | {"prompt_tokens_details": {"cached_tokens": 1920}}) == Usage(
        input_tokens=86, output_tokens=300, cache_read_tokens=1920, cache_write_tokens=0, total_tokens=2306
    )


def test_openai_reasoning_tokens_left_out_of_the_completion_are_charged_as_output() -> None:
    """Some servers count reasoning in the total only."""
    figures = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115}
    assert from_openai(figures).output_tokens == 105


@pytest.mark.parametrize("read", [from_bedrock, from_openai])
@pytest.mark.parametrize(
    "figures",
    [None, {}, [], "many", {"inputTokens": "12", "outputTokens": 1}, {"prompt_tokens": -5, "completion_tokens": 1},
     {"inputTokens": True, "outputTokens": 1}, {"prompt_tokens": 1.5, "completion_tokens": 1}],
)  # fmt: skip
def test_missing_or_unusable_figures_are_not_reported(read: Any, figures: Any) -> None:
    """The reservation is then the cost; a zero would be free."""
    assert read(figures) == NOT_REPORTED
    assert NOT_REPORTED.reported is False


COUNT = st.integers(0, 10**6) | st.none() | st.text(max_size=2)


@given(st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT))
def test_total_is_never_below_the_parts(counts: tuple[Any, ...]) -> None:
    """Whatever a server reports, nothing it names is lost, and no part is negative."""
    first, second, third, fourth, fifth = counts
    bedrock = dict(zip(("inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
                       counts, strict=True))  # fmt: skip
    openai = {"prompt_tokens": first, "completion_tokens": second, "total_tokens": third,
              "prompt_tokens_details": {"cached_tokens": fourth, "cache_write_tokens": fifth}}  # fmt: skip
    for usage in (from_bedrock(bedrock), from_openai(openai)):
        parts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
        assert min(parts) >= 0
        assert usage.total_tokens >= sum(parts)
