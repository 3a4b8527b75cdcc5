"""The one way to decide an approval, behind every door: rights, fingerprint, quorum, one transaction.

What decides is the call's item in the ledger. What follows from it (`follow_up`: journal, wake-up, card) may be lost in
a crash; the sweep makes it good within two minutes, and so does the same decision sent again.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from tollgate.approvals import rights
from tollgate.approvals.argument_check import violations
from tollgate.clock import iso
from tollgate.errors import (
    ApprovalClosedError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    StaleFingerprintError,
    TollgateError,
    UnreachableError,
)
from tollgate.models.approval import Approval, ApprovalStatus, Decider, Decision, DecisionKind
from tollgate.models.call import CallState
from tollgate.store.calls import key
from tollgate.store.stores import Stores

RACES = 10
"""So many lost races in a row are not a race; a quorum has ten people at most."""
REASON_CHARACTERS = 2000
Via = Literal["api", "slack"]

_CALL_STATE = {"approve": CallState.APPROVED, "reject": CallState.REJECTED, "edit": CallState.EDITED}
_STATUS: dict[str, ApprovalStatus] = {"approve": "approved", "reject": "rejected", "edit": "edited"}


@dataclass(frozen=True)
class Word:
    """What somebody wants to say about an approval, before anything is checked."""

    kind: DecisionKind
    fingerprint: str
    arguments: dict[str, Any] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Decided:
    """The approval as it stands after somebody's word. `again`: the same person had said the same before."""

    approval: Approval
    again: bool = False


def decide(
    stores: Stores, decider: Decider, approval_id: str, word: Word, *, via: Via, as_read: Approval | None = None
) -> Decided:
    """Exactly one outcome per approval, whoever races; the same word twice by the same person changes nothing.

    Returns the approval as it then stands; it is still pending while a quorum misses people. Raises `NotFoundError`
    (also for another tenant's), `StaleFingerprintError`, `ApprovalClosedError`, `ForbiddenError`, `InvalidError`, and
    `UnreachableError` when nobody can say whether the person may. `as_read` saves the first reading of an approval of
    the decider's own tenant: the write's conditions find out whether it has changed since.
    """
    for _ in range(RACES):
        approval = as_read or stores.approvals.get(approval_id, tenant=decider.principal.tenant)
        as_read = None
        if _said_before(approval, decider, word):
            return Decided(approval, again=True)
        admit(stores, approval, decider, word)
        try:
            return Decided(_write(stores, approval, decider, word, via))
        except ConflictError:
            continue
    error = ApprovalClosedError(f"the call that {approval_id} is about no longer waits for a decision; look at its run")
    _note_refusal(stores, approval, decider, word.kind, word, error)
    raise error


def admit(
    stores: Stores, approval: Approval, decider: Decider, word: Word, *, about_to: DecisionKind | None = None
) -> None:
    """As `check`, and a refusal is in the audit before it is told. Decides nothing.

    `about_to` is what the person began to do, where `word` only asks whether they might.
    """
    try:
        check(approval, decider, word, now=stores.clock.now())
    except (ApprovalClosedError, ForbiddenError, InvalidError, StaleFingerprintError, UnreachableError) as error:
        _note_refusal(stores, approval, decider, about_to or word.kind, word, error)
        raise


def _note_refusal(
    stores: Stores, approval: Approval, who: Decider, kind: DecisionKind, word: Word, error: TollgateError
) -> None:
    stores.audit.refuse(
        approval, by=who.principal.id, decision=kind, fingerprint=word.fingerprint, error=error, source=who.source
    )


def check(approval: Approval, decider: Decider, word: Word, *, now: float) -> None:
    """Raises what `decide` would raise for this approval as it stands; writes nothing."""
    if word.fingerprint != approval.fingerprint:
        raise StaleFingerprintError(
            f"{approval.approval_id} is about the fingerprint {approval.fingerprint}, not {word.fingerprint}; "
            "look at it again and decide with the fingerprint it shows"
        )
    if approval.status != "pending":
        raise ApprovalClosedError(f"{approval.approval_id} is {approval.status}{_by_whom(approval)}")
    if approval.expires_at and now >= approval.expires_at:
        raise ApprovalClosedError(f"{approval.approval_id} expired at {iso(approval.expires_at)}")
    rights.check(approval, decider)
    _check_word(approval, word)


def _check_word(approval: Approval, word: Word) -> None:
    if word.reason is not None and len(word.reason) > REASON_CHARACTERS:
        raise InvalidError(
            f"the reason is {len(word.reason)} characters long; write at most {REASON_CHARACTERS}",
            [{"pointer": "/reason", "message": f"longer than {REASON_CHARACTERS} characters"}],
        )
    if (word.kind == "edit") != (word.arguments is not None):
        raise InvalidError(
            "an edit needs `arguments`, all of them; approve and reject take none",
            [{"pointer": "/arguments", "message": "required for edit, and for nothing else"}],
        )
    if word.kind == "edit":
        _check_edit(approval, word.arguments)


def _check_edit(approval: Approval, arguments: dict[str, Any] | None) -> None:
    """An edit that changes nothing is somebody's mistake: it would count as an edit and begin the quorum anew."""
    found = violations(approval.argument_schema, arguments)
    if found:
        in_body = [{**violation, "pointer": f"/arguments{violation['pointer']}"} for violation in found]
        raise InvalidError(f"the edited arguments do not satisfy the schema of {approval.tool}", in_body)
    if json.dumps(arguments, sort_keys=True) == json.dumps(approval.arguments, sort_keys=True):
        raise InvalidError(
            "the edit changes nothing; approve the call to let it run as it is",
            [{"pointer": "/arguments", "message": "nothing is changed; approve the call to let it run as it is"}],
        )


def _write(stores: Stores, approval: Approval, who: Decider, word: Word, via: Via) -> Approval:
    """Records the word. Raises `ConflictError` when approval or call are no longer as read."""
    now = stores.clock.now()
    decision = Decision(
        decision=word.kind,
        by=who.principal.id,
        at=now,
        fingerprint=word.fingerprint,
        reason=word.reason,
        arguments=word.arguments,
        via=via,
        slack_user=who.source.slack_user,
    )
    said = approval.model_copy(update={"decisions": [*approval.decisions, decision]})
    if word.kind == "approve" and said.missing > 0:
        stores.approvals.add(approval, decision, source=who.source)
        return said
    call = stores.calls.decide_request(
        key(approval.tool, approval.execution_id, approval.step, approval.call_id),
        fingerprint=word.fingerprint,
        state=_CALL_STATE[word.kind],
        arguments=word.arguments,
        by=who.principal.id,
        reason=word.reason,
        now=now,
    )
    stores.approvals.decide(approval, decision, _STATUS[word.kind], call=call, source=who.source)
    return said.model_copy(update={"status": _STATUS[word.kind], "delivery": "pending"})


def _said_before(approval: Approval, who: Decider, word: Word) -> bool:
    """Whether the same person has said the same already."""
    return any(
        (said.by, said.decision, said.fingerprint, said.arguments, said.reason)
        == (who.principal.id, word.kind, word.fingerprint, word.arguments, word.reason)
        for said in approval.decisions
    )


def _by_whom(approval: Approval) -> str:
    if not approval.decisions or approval.status in ("expired", "revoked"):
        return ""
    last = approval.decisions[-1]
    return f" by {last.by} at {iso(last.at)}"
