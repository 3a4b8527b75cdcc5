"""The wrapper around every tool of every kind: only it starts an effect, at most once per cleared call."""

import uuid
from typing import Any

from tollgate.definitions.registry import ToolEntry
from tollgate.errors import CallRefusedError, CallUnfinishedError, ToolUnavailableError
from tollgate.models.call import Call, CallState
from tollgate.models.tool import Tool
from tollgate.tool_runtime.as_approved import check_fingerprint
from tollgate.tool_runtime.attempts import Attempts, lease_seconds
from tollgate.tool_runtime.breaker import Breaker
from tollgate.tool_runtime.own_log import keep_from_log
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.recording import Ended
from tollgate.tool_runtime.runner import Runner


def run_call(
    platform: Platform, entry: ToolEntry, runner: Runner, event: dict[str, Any], breaker: Breaker | None = None
) -> dict[str, str]:
    """Returns `{id, status}`; the result itself is in the ledger.

    Raises `CallRefusedError` (not cleared), `CallUnfinishedError` (a person must look), and, where a fallback may
    take over, the error that ended the call.
    """
    call = _cleared(platform, entry, event)
    if call.state == CallState.DONE:
        return _repeated(entry.manifest, call)
    check_fingerprint(call, tool=entry.manifest.name, event=event)
    unfinished = call.state == CallState.STARTED
    if unfinished:
        _may_repeat(platform, entry.manifest, call)
    held = _held(platform, entry, call)
    keep_from_log(held)
    attempts = Attempts(platform, entry.manifest, runner, held)
    ended = breaker.guard(attempts, verify_first=unfinished) if breaker else attempts.run(verify_first=unfinished)
    done = ended.recorded or platform.stores.calls.finish(held, str(held.attempt_id), ended.result)
    if ended.error and _may_fall_back(entry.manifest, ended):
        raise ended.error
    return _answer(done)


def _cleared(platform: Platform, entry: ToolEntry, event: dict[str, Any]) -> Call:
    name = entry.manifest.name
    call = platform.stores.calls.get(name, event["execution"], int(event["step"]), str(event["call"]))
    if call is None:
        raise CallRefusedError(f"{name}: there is no such call in the ledger")
    return call


def _held(platform: Platform, entry: ToolEntry, call: Call) -> Call:
    now = platform.stores.clock.now()
    return platform.stores.calls.start(
        call,
        attempt_id=uuid.uuid4().hex,
        now=now,
        lease_until=now + min(platform.remaining_seconds(), lease_seconds(entry.manifest, 1)),
        manifest_digest=entry.digest,
        policy_digest=entry.policy_digest,
    )


def _may_fall_back(manifest: Tool, ended: Ended) -> bool:
    """A read always; an effect only if no attempt of the call may have begun it."""
    return manifest.fallback is not None and (not manifest.is_effect or not ended.result.started)


def _repeated(manifest: Tool, call: Call) -> dict[str, str]:
    """The answer that an attempt cut off after its record owes; where it would have raised, so that a fallback runs."""
    result = call.result
    if result and not result.ok and manifest.fallback is not None:
        unavailable = result.error == ToolUnavailableError.__name__
        if not manifest.is_effect or (unavailable and not result.started):
            raise ToolUnavailableError(f"{call.tool} had failed before: {result.message}")
    return _answer(call)


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
