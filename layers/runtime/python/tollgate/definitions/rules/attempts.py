"""All attempts of a call fit into the function that makes them."""

from collections.abc import Iterator

from tollgate.definitions.load import ToolFile
from tollgate.definitions.problem import Problem
from tollgate.models.tool import Tool

WARN_TIMEOUT_SECONDS = 60
MAX_TIMEOUT_SECONDS = 600
MAX_TOTAL_SECONDS = 840
"""Lambda stops a function at 900 seconds; process and platform each need 15 to say which tool it was."""


def total_seconds(tool: Tool) -> float:
    """The longest that a call can take: every attempt to its timeout, every pause in full."""
    retry = tool.retry
    pauses = sum(retry.interval_seconds * retry.backoff_rate**attempt for attempt in range(retry.max_attempts - 1))
    return retry.max_attempts * tool.timeout_seconds + pauses


def problems(tool: ToolFile) -> Iterator[Problem]:
    """Timeouts above 60 s warn, above 600 s are refused; so is a total that no function survives."""
    seconds, total = tool.manifest.timeout_seconds, total_seconds(tool.manifest)
    if seconds > MAX_TIMEOUT_SECONDS:
        yield tool.source.problem(
            "/timeout_seconds", f"a call may take {seconds:,} seconds", f"at most {MAX_TIMEOUT_SECONDS}"
        )
        return
    if seconds > WARN_TIMEOUT_SECONDS:
        advice = f"at most {WARN_TIMEOUT_SECONDS}, or a tool that starts the work and another that asks for it"
        yield tool.source.problem("/timeout_seconds", f"a call may take {seconds} seconds", advice, "warning")
    if total > MAX_TOTAL_SECONDS:
        attempts = tool.manifest.retry.max_attempts
        message = f"{attempts} attempts of {seconds} seconds with their pauses take {total:,.0f} seconds"
        advice = f"fewer attempts or a shorter timeout: at most {MAX_TOTAL_SECONDS} seconds in all"
        yield tool.source.problem("/retry/max_attempts", message, advice)
