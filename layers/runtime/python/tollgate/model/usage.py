"""Provider figures -> `Usage`, in which the four parts never overlap and the total is never below their sum."""

from collections.abc import Mapping
from typing import Any

from tollgate.models.message import Usage

NOT_REPORTED = Usage(reported=False)
"""The response named no usable figure: the reservation is then what the call cost."""


def from_bedrock(figures: Any) -> Usage:
    """Converse's `usage`. Its `inputTokens` leaves cached tokens out for most models and counts them in for some.

    Which of the two it is shows in `totalTokens`: 4 in + 832 out + 1,490 read = 2,326 leaves them out.
    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
    """
    fresh, output = _count(figures, "inputTokens"), _count(figures, "outputTokens")
    if fresh is None or output is None:
        return NOT_REPORTED
    read, write = _count(figures, "cacheReadInputTokens") or 0, _count(figures, "cacheWriteInputTokens") or 0
    total = _count(figures, "totalTokens")
    counted_in = total == fresh + output and read + write <= fresh
    return _usage(fresh - (read + write if counted_in else 0), output, read, write, total)


def from_openai(figures: Any) -> Usage:
    """The `usage` of a chat completion; `prompt_tokens` counts cached tokens in, `completion_tokens` reasoning ones.

    Servers that leave reasoning out of `completion_tokens` still count it in `total_tokens`, which is what is paid.
    Source: https://platform.openai.com/docs/api-reference/chat/object
    """
    prompt, output = _count(figures, "prompt_tokens"), _count(figures, "completion_tokens")
    if prompt is None or output is None:
        return NOT_REPORTED
    details = figures.get("prompt_tokens_details")
    read = min(_count(details, "cached_tokens") or 0, prompt)
    write = min(_count(details, "cache_write_tokens") or 0, prompt - read)
    total = _count(figures, "total_tokens") or 0
    return _usage(prompt - read - write, max(output, total - prompt), read, write, total)


def _usage(fresh: int, output: int, read: int, write: int, total: int | None) -> Usage:
    return Usage(
        input_tokens=fresh,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=write,
        total_tokens=max(total or 0, fresh + output + read + write),
    )


def _count(figures: Any, name: str) -> int | None:
    """A count of tokens, or None where the server sent none, or something that is not one."""
    value = figures.get(name) if isinstance(figures, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
