"""The wrapper around every tool of every kind: only it starts an effect, at most once per cleared call."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tollgate.canonical import idempotency_key
from tollgate.conversation import takes_document
from tollgate.definitions.registry import ToolEntry
from tollgate.errors import (
    CallRefusedError,
    CallUnfinishedError,
    InvalidError,
    ToolTimeoutError,
    ToolTransientError,
    ToolUnavailableError,
)
from tollgate.models.call import Call, CallResult, CallState
from tollgate.models.tool import Tool
from tollgate.store.stores import Stores
from tollgate.tool_runtime.output import cut
from tollgate.tool_runtime.runner import Runner
from tollgate.tool_runtime.time_limit import CallTimedOut, time_limit
from tollgate.tool_runtime.tool_call import ToolCall

MESSAGE_CHARACTERS = 2_000


@dataclass(frozen=True)
class Platform:
    """What the process has: tables, a way to wait, and how long Lambda lets it live."""

    stores: Stores
    remaining_seconds: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep


def run_call(platform: Platform, entry: ToolEntry, runner: Runner, event: dict[str, Any]) -> dict[str, str]:
    """Returns `{id, status}`; the result itself is in the ledger.

    Raises `CallRefusedError` (not cleared), `CallUnfinishedError` (a person must look), and, where a fallback may
    take over, the error that ended the call.
    """
    stores, manifest = platform.stores, entry.manifest
    call = stores.calls.get(manifest.name, event["execution"], int(event["step"]), str(event["call"]))
    if call is None:
        raise CallRefusedError(f"{manifest.name}: there is no such call in the ledger")
    if call.state == CallState.DONE:
        return _answer(call)
    unfinished = call.state == CallState.STARTED
    if unfinished:
        _may_repeat(platform, manifest, call)
    now = stores.clock.now()
    held = stores.calls.start(
        call,
        attempt_id=uuid.uuid4().hex,
        now=now,
        lease_until=now + platform.remaining_seconds(),
        manifest_digest=entry.digest,
        policy_digest=entry.policy_digest,
    )
    result, error = _Attempts(platform, manifest, runner, held).run(verify_first=unfinished)
    done = stores.calls.finish(held, str(held.attempt_id), result)
    if error and manifest.fallback and (not manifest.is_effect or isinstance(error, ToolUnavailableError)):
        raise error
    return _answer(done)


def _answer(call: Call) -> dict[str, str]:
    return {"id": call.call_id, "status": "ok" if call.result and call.result.ok else "failed"}


def _may_repeat(platform: Platform, manifest: Tool, call: Call) -> None:
    """Lets a call go on that an earlier attempt left STARTED, or raises `CallUnfinishedError`.

    `verify` waits out the earlier attempt's lease first: a process that may still be at work cannot be verified.
    """
    if manifest.retry_policy == "never":
        raise CallUnfinishedError(
            f"{manifest.name}: an earlier attempt was cut off and on_retry is never; a person must decide"
        )
    if manifest.retry_policy == "verify":
        wait = call.lease_until - platform.stores.clock.now()
        if wait > platform.remaining_seconds() - manifest.timeout_seconds:
            raise CallUnfinishedError(f"{manifest.name}: an earlier attempt may still be running")
        platform.sleep(max(0.0, wait))


class _Attempts:
    """All attempts of one hold on the call."""

    def __init__(self, platform: Platform, manifest: Tool, runner: Runner, call: Call) -> None:
        self._platform = platform
        self._manifest = manifest
        self._runner = runner
        self._call = call
        self._started = time.monotonic()

    def run(self, *, verify_first: bool) -> tuple[CallResult, Exception | None]:
        """The result to record, and the error that ended the call, if one did.

        Raises `CallUnfinishedError` when the call was cut off and `on_retry` leaves the rest to a person.
        """
        retry = self._manifest.retry
        for attempt in range(1, retry.max_attempts + 1):
            if attempt > 1:
                self._pause(attempt)
                self._call = self._platform.stores.calls.count_attempt(self._call, str(self._call.attempt_id))
            try:
                if (verify_first or attempt > 1) and self._manifest.retry_policy == "verify":
                    found = self._limited(self._runner.verify)
                    if found is not None:
                        return self._ok(found), None
                return self._ok(self._limited(self._runner.run)), None
            except ToolTransientError as error:
                last: Exception = error
            except (CallTimedOut, MemoryError) as error:
                return self._cut_off(error)
            except (Exception, SystemExit) as error:
                failure = error if isinstance(error, Exception) else RuntimeError(f"the handler exited: {error}")
                return self._failed(failure), failure
        return self._failed(last), last

    def _limited(self, work: Callable[[dict[str, Any], ToolCall], Any]) -> Any:
        seconds = min(float(self._manifest.timeout_seconds), self._platform.remaining_seconds() - 2.0)
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
            _remaining=lambda: deadline - time.monotonic(),
        )
        arguments = self._arguments()
        with time_limit(max(0.1, seconds)):
            return work(arguments, call)

    def _arguments(self) -> dict[str, Any]:
        """The arguments with documents' names replaced by their texts."""
        if not takes_document(self._manifest):
            return self._call.arguments
        properties = self._manifest.input_schema["properties"]
        return {name: self._document(properties.get(name), value) for name, value in self._call.arguments.items()}

    def _document(self, schema: Any, value: Any) -> Any:
        if not isinstance(schema, dict) or schema.get("x-tollgate-document") is not True:
            return value
        if value not in self._call.documents:
            known = ", ".join(sorted(self._call.documents)) or "none"
            raise InvalidError(f"there is no document {value!r}; the documents of this request are: {known}")
        return self._platform.stores.artifacts.get_text(self._call.documents[value])

    def _pause(self, attempt: int) -> None:
        """Exponential backoff with full jitter.

        Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        longest = self._manifest.retry.interval_seconds * self._manifest.retry.backoff_rate ** (attempt - 2)
        self._platform.sleep(random.uniform(0, longest))  # noqa: S311  # jitter, not a secret

    def _ok(self, value: Any) -> CallResult:
        text, was_cut = cut(value, self._manifest.output_limit_tokens)
        return CallResult(
            ok=True, value=value, text=text, cut=was_cut, attempts=self._call.attempts, duration_ms=self._elapsed_ms()
        )

    def _failed(self, error: Exception) -> CallResult:
        return CallResult(
            ok=False,
            error=type(error).__name__,
            message=str(error)[:MESSAGE_CHARACTERS] or "the tool gave no message",
            attempts=self._call.attempts,
            duration_ms=self._elapsed_ms(),
            started=not isinstance(error, ToolUnavailableError),
        )

    def _cut_off(self, error: BaseException) -> tuple[CallResult, Exception | None]:
        """A call that ran out of time or memory: nobody knows how far its effect got, unless its own check says so."""
        what = "timed out" if isinstance(error, CallTimedOut) else "ran out of memory"
        message = f"{self._manifest.name} {what} (timeout_seconds: {self._manifest.timeout_seconds})"
        if not self._manifest.is_effect:
            failure = ToolTimeoutError(message)
            return self._failed(failure), failure
        if self._manifest.retry_policy == "never":
            raise CallUnfinishedError(f"{message}; its effect may have happened and a person must decide")
        if self._manifest.retry_policy == "verify":
            found = self._limited(self._runner.verify)
            if found is not None:
                return self._ok(found), None
            return self._failed(ToolTimeoutError(f"{message}; its own check says that the effect did not happen")), None
        return self._failed(ToolTimeoutError(f"{message}; whether its effect happened is unknown")), None

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)
