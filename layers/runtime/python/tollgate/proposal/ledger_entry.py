"""A verdict as the ledger's item: kept where nothing changed, else a new round with a new fingerprint."""

import math
from collections.abc import Mapping
from typing import Any

from tollgate.canonical import fingerprint
from tollgate.definitions.registry import ToolEntry
from tollgate.models.call import Call, CallState
from tollgate.models.message import ToolUseBlock
from tollgate.models.tool import ARTIFACT, Tool
from tollgate.models.verdict import Ruling
from tollgate.proposal.facts import Facts
from tollgate.store.calls import Calls

LATEST_ARTIFACTS = 40
"""An item holds 400 KB at most, and an execution may have a thousand results."""


def enter(calls: Calls, facts: Facts, call_id: str, use: ToolUseBlock, ruling: Ruling, current: Call | None) -> Call:
    """The call's item after this verdict: CLEARED or ASKED, or as it stands where the verdict changes nothing."""
    if current and _stands(facts, current, ruling):
        return current
    entry = facts.tools[use.name]
    edited = current is not None and current.state == CallState.EDITED
    arguments = current.arguments if current else use.arguments
    asks = ruling.verdict == "ask"
    number = current.round + 1 if current else 0
    expires_at = _expiry(facts, current) if asks else 0
    call = Call(
        execution_id=facts.execution.execution_id,
        step=facts.turn.step,
        call_id=call_id,
        tool=use.name,
        tool_use_id=use.tool_use_id,
        state=CallState.ASKED if asks else CallState.CLEARED,
        arguments=arguments,
        fingerprint=_fingerprint(facts, entry, call_id, number, arguments, expires_at),
        policy_digest=entry.policy_digest,
        manifest_digest=entry.digest,
        expires_at=expires_at,
        round=number,
        principal=facts.execution.principal,
        documents=dict(facts.documents),
        artifacts=_artifacts(facts, entry.manifest, arguments),
        reasons=ruling.reasons,
        origins=ruling.origins,
        personal=facts.seen.about(use.name, arguments),
        edited_by=current.decided_by if current and edited else (current.edited_by if current else None),
        attempts=current.attempts if current else 0,
    )
    return calls.screened(call)


def enter_fallback(calls: Calls, facts: Facts, call: Call, fallback: str) -> None:
    """Clears the fallback of a call under the fallback's own manifest; it has its own item and fingerprint."""
    entry, call_id = facts.tools[fallback], f"{call.call_id}f"
    current = calls.get(fallback, call.execution_id, call.step, call_id)
    if current and (current.state != CallState.CLEARED or facts.is_current(current)):
        return
    number = current.round + 1 if current else 0
    own = {
        "call_id": call_id,
        "tool": fallback,
        "state": CallState.CLEARED,
        "fingerprint": _fingerprint(facts, entry, call_id, number, call.arguments, 0),
        "policy_digest": entry.policy_digest,
        "manifest_digest": entry.digest,
        "expires_at": 0,
        "round": number,
        "attempts": 0,
        "fallback_for": call.call_id,
        "approval_id": None,
        "personal": facts.seen.about(fallback, call.arguments),
    }
    calls.screened(call.model_copy(update=own))


def _stands(facts: Facts, current: Call, ruling: Ruling) -> bool:
    """Whether the item already says what this screening says, under the policy of now."""
    if not facts.is_current(current):
        return False
    if current.state == CallState.APPROVED:
        return ruling.verdict == "run"
    if current.state == CallState.STARTED:
        return not facts.asks_when_unfinished(current.tool)
    return current.state == (CallState.ASKED if ruling.verdict == "ask" else CallState.CLEARED)


def _artifacts(facts: Facts, tool: Tool, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Those that the call may name: the ones it does name, and the latest, so that an error can say what there is."""
    named = [arguments.get(name) for name in tool.marked(ARTIFACT)]
    if not named:
        return {}
    latest = list(facts.artifacts)[-LATEST_ARTIFACTS:]
    return {name: key for name, key in facts.artifacts.items() if name in latest or name in named}


def _expiry(facts: Facts, current: Call | None) -> int:
    """When the question ends. One that a stop closed is asked again for what is left of its time, and no more."""
    ends = math.ceil(facts.now + _approval_seconds(facts))
    return min(ends, math.ceil(current.expires_at)) if current and current.revoked else ends


def _approval_seconds(facts: Facts) -> float:
    """How long the question may stand: with an escalation twice the time, never past the deadline."""
    approvals = facts.agent.approvals
    stands = approvals.timeout_seconds * (2 if approvals.escalate_to else 1)
    return max(1.0, min(float(stands), facts.execution.deadline_at - facts.now))


def _fingerprint(facts: Facts, entry: ToolEntry, call_id: str, number: int, arguments: Any, expires_at: int) -> str:
    return fingerprint(
        tool=entry.manifest.name,
        manifest_digest=entry.digest,
        tenant=facts.execution.tenant,
        execution_id=facts.execution.execution_id,
        call_key=f"{facts.turn.step:06d}#{call_id}#{number}",
        arguments=arguments,
        expires_at=expires_at,
    )
