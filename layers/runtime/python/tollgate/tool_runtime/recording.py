"""What a hold on a call ends with: the result, recorded by the wrapper or by the tool's own transaction."""

import json
import time
from dataclasses import dataclass
from typing import Any

from tollgate.errors import ToolUnavailableError
from tollgate.models.call import Call, CallResult, CallState
from tollgate.models.tool import Tool
from tollgate.redaction.redactor import without_own_secrets
from tollgate.redaction.shorten import shortened
from tollgate.store.stores import Stores
from tollgate.tool_runtime.binary import kept
from tollgate.tool_runtime.output import ToolOutputError, cut, encoded
from tollgate.tool_runtime.own_log import keep_output_from_log
from tollgate.tool_runtime.said import said

MESSAGE_CHARACTERS = 2_000
UNREAD_EFFECT = "; the tool did answer, so its effect may have happened: do not call it again before you know"


@dataclass(frozen=True)
class Ended:
    """How the hold ended: the result, the error behind a failed one, and the item where it is recorded already."""

    result: CallResult
    error: Exception | None = None
    recorded: Call | None = None


class Recording:
    """The results of one hold. Remembers whether the tool was given the record to write by itself."""

    def __init__(self, stores: Stores, manifest: Tool) -> None:
        self._calls = stores.calls
        self._artifacts = stores.artifacts
        self._manifest = manifest
        self._started = time.monotonic()
        self._given_away = False

    def done(self, call: Call, value: Any) -> CallResult:
        """The value as JSON gives it back, so that what is stored is what the tool's text says."""
        value = kept(value, call, self._artifacts)
        plain = without_own_secrets(json.loads(encoded(value)))
        text, was_cut = cut(plain, self._manifest.output_limit_tokens)
        keep_output_from_log(call, plain)
        return CallResult(
            ok=True, value=plain, text=text, cut=was_cut, attempts=call.attempts, duration_ms=self._elapsed_ms()
        )

    def failed(self, call: Call, error: Exception) -> CallResult:
        """Certainly not started: only where the tool says so of the one attempt that there ever was."""
        unread = self._manifest.is_effect and isinstance(error, ToolOutputError)
        return CallResult(
            ok=False,
            error=type(error).__name__,
            message=_message(error) + (UNREAD_EFFECT if unread else ""),
            attempts=call.attempts,
            duration_ms=self._elapsed_ms(),
            started=not isinstance(error, ToolUnavailableError) or call.attempts > 1,
            unknown=unread or (self._manifest.is_effect and getattr(error, "effect_unknown", False)),
        )

    def entry(self, call: Call, value: Any) -> dict[str, Any]:
        """The record as an entry of the tool's own transaction; what is large is in the bucket before it returns."""
        entry = {"Update": self._calls.finish_request(call, str(call.attempt_id), self.done(call, value))}
        self._given_away = True
        return entry

    def found(self, call: Call) -> Ended | None:
        """The end that the tool recorded by itself; None where it did not, or could not.

        The ledger decides: an error that the tool raised, or an answer that it lost, proves nothing about its record.
        """
        if not self._given_away:
            return None
        current = self._calls.get(call.tool, call.execution_id, call.step, call.call_id)
        if current is None or current.state != CallState.DONE or current.result is None:
            return None
        return Ended(current.result, recorded=current)

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def _message(error: Exception) -> str:
    text: str = without_own_secrets(said(error))
    return shortened(text, MESSAGE_CHARACTERS) or "the tool gave no message"
