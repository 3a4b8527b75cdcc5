"""All attempts of one process's hold on a call: time, transient failures, and what a cut-off attempt leaves behind."""

import random
import time
from collections.abc import Callable
from typing import Any

from tollgate.canonical import idempotency_key
from tollgate.errors import CallUnfinishedError, ToolTimeoutError, ToolTransientError, ToolUnavailableError
from tollgate.models.call import Call
from tollgate.models.tool import Tool
from tollgate.tool_runtime.arguments import with_contents
from tollgate.tool_runtime.output import BYTES_PER_TOKEN
from tollgate.tool_runtime.own_log import keep_documents_from_log
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.recording import Ended, Recording
from tollgate.tool_runtime.runner import Runner, unknown
from tollgate.tool_runtime.said import said
from tollgate.tool_runtime.time_limit import GRACE_SECONDS, CallTimedOut, time_limit
from tollgate.tool_runtime.tool_call import ToolCall

SHUTDOWN_SECONDS = 2.0
"""Kept from every attempt, so that its result can still be written."""


def lease_seconds(manifest: Tool, attempt: int) -> float:
    """How long an attempt and the pause after it can last at the most."""
    pause = longest_pause(manifest, attempt + 1) if attempt < manifest.retry.max_attempts else 0.0
    return manifest.timeout_seconds + GRACE_SECONDS + SHUTDOWN_SECONDS + pause


def longest_pause(manifest: Tool, attempt: int) -> float:
    """The longest pause before the given attempt, the second one being the first to have one."""
    return manifest.retry.interval_seconds * manifest.retry.backoff_rate ** (attempt - 2)


class Attempts:
    """Runs a held call as often as its manifest says."""

    def __init__(self, platform: Platform, manifest: Tool, runner: Runner, call: Call) -> None:
        self._platform = platform
        self._manifest = manifest
        self._runner = runner
        self._call = call
        self._recording = Recording(platform.stores, manifest)

    def run(self, *, verify_first: bool) -> Ended:
        """Raises `CallUnfinishedError` when the call was cut off and `on_retry` leaves the rest to a person."""
        attempt, ended = 1, self._attempt(verify=verify_first)
        while isinstance(ended.error, ToolTransientError) and self._again(attempt + 1, ended.error):
            attempt += 1
            ended = self._attempt(verify=True)
        return ended

    def refused(self, error: ToolUnavailableError) -> Ended:
        """The result of a hold in which nothing was started."""
        return self._failed(error)

    def _attempt(self, *, verify: bool) -> Ended:
        """One start. What the ledger says of a tool that recorded its own end goes before what the tool says."""
        try:
            ended = self._started(verify=verify)
        except CallUnfinishedError:
            found = self._recording.found(self._call)
            if found is None:
                raise
            return found
        return self._recording.found(self._call) or ended

    def _started(self, *, verify: bool) -> Ended:
        try:
            if verify and self._manifest.retry_policy == "verify":
                found = self._verified()
                if found is not None:
                    return self._ok(found)
            return self._ok(self._limited(self._runner.run))
        except (CallTimedOut, MemoryError) as error:
            return self._cut_off(error)
        except CallUnfinishedError as error:
            return self._unfinished(error)
        except Exception as error:
            return self._failed(error)
        except BaseException as error:  # SystemExit, a cancelled task: the process lives on, so the call ends here
            return self._failed(RuntimeError(f"the handler exited: {type(error).__name__} {said(error)}".strip()))

    def _again(self, attempt: int, error: ToolTransientError) -> bool:
        """Waits for the next attempt and counts it; False where attempts or time are used up."""
        if attempt > self._manifest.retry.max_attempts:
            return False
        pause = self._pause(attempt, error)
        if self._platform.remaining_seconds() - pause < self._manifest.timeout_seconds + SHUTDOWN_SECONDS:
            return False
        self._platform.sleep(pause)
        left = min(self._platform.remaining_seconds(), lease_seconds(self._manifest, attempt))
        calls, now = self._platform.stores.calls, self._platform.stores.clock.now()
        self._call = calls.count_attempt(self._call, str(self._call.attempt_id), lease_until=now + left)
        return True

    def _pause(self, attempt: int, error: ToolTransientError) -> float:
        """Exponential backoff with full jitter, and never less than the tool asked for.

        Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        jittered = random.uniform(0, longest_pause(self._manifest, attempt))  # noqa: S311  # jitter, not a secret
        return max(jittered, error.retry_after_seconds or 0.0)

    def _limited(self, work: Callable[[dict[str, Any], ToolCall], Any]) -> Any:
        left = self._platform.remaining_seconds() - SHUTDOWN_SECONDS
        seconds = max(0.1, min(float(self._manifest.timeout_seconds), left))
        deadline = time.monotonic() + seconds
        call = ToolCall(
            execution_id=self._call.execution_id,
            call_id=self._call.call_id,
            attempt=self._call.attempts,
            idempotency_key=idempotency_key(
                execution_id=self._call.execution_id,
                step=self._call.step,
                call_id=self._call.call_id,
                arguments=self._call.arguments,
            ),
            principal=self._call.principal,
            output_limit_bytes=self._manifest.output_limit_tokens * BYTES_PER_TOKEN,
            _remaining=lambda: deadline - time.monotonic(),
            _record=lambda result: self._recording.entry(self._call, result),
        )
        arguments = with_contents(self._manifest, self._call, self._platform.stores.artifacts)
        keep_documents_from_log(self._manifest, self._call, arguments)
        with time_limit(seconds, self._stuck):
            return work(arguments, call)

    def _verified(self) -> Any | None:
        """What the tool's own check found. Raises `CallUnfinishedError` where the check itself fails."""
        try:
            return self._limited(self._runner.verify)
        except ToolTransientError:
            raise
        except (Exception, CallTimedOut) as error:
            late, words = isinstance(error, CallTimedOut), f"{type(error).__name__}: {said(error)}"
            what = "took too long" if late else f"failed ({words})"
            raise CallUnfinishedError(
                f"{self._manifest.name}: whether its effect happened is unknown, because its own check {what}"
            ) from error

    def _cut_off(self, error: BaseException) -> Ended:
        """A call that ran out of time or memory: nobody knows how far its effect got, unless its own check says so."""
        what = "timed out" if isinstance(error, CallTimedOut) else "ran out of memory"
        message = f"{self._manifest.name} {what} (timeout_seconds: {self._manifest.timeout_seconds})"
        if not self._manifest.is_effect:
            return self._failed(ToolTimeoutError(message))
        if self._manifest.retry_policy == "never":
            raise CallUnfinishedError(f"{message}; its effect may have happened and a person must decide")
        if self._manifest.retry_policy == "verify":
            return self._checked(message)
        return self._failed(unknown(ToolTimeoutError(f"{message}; whether its effect happened is unknown")))

    def _stuck(self) -> None:
        """Records the timeout of a handler that cannot be interrupted: with its process its word would be lost.

        Where a person or the tool's own check has the word, the next delivery finds the call half done and asks.
        """
        if self._manifest.is_effect and self._manifest.retry_policy in ("never", "verify"):
            return
        calls, attempt_id = self._platform.stores.calls, str(self._call.attempt_id)
        calls.finish(self._call, attempt_id, self._cut_off(CallTimedOut()).result)

    def _checked(self, message: str) -> Ended:
        try:
            found = self._verified()
        except (CallUnfinishedError, ToolTransientError) as error:
            return self._failed(CallUnfinishedError(f"{message}; {error}"))
        if found is not None:
            return self._ok(found)
        return self._failed(ToolTimeoutError(f"{message}; its own check says that the effect did not happen"))

    def _unfinished(self, error: CallUnfinishedError) -> Ended:
        """An answer that was lost after the effect may have begun."""
        if self._manifest.is_effect and self._manifest.retry_policy == "never":
            raise error
        return self._failed(error)

    def _ok(self, value: Any) -> Ended:
        return Ended(self._recording.done(self._call, value))

    def _failed(self, error: Exception) -> Ended:
        return Ended(self._recording.failed(self._call, error), error)
