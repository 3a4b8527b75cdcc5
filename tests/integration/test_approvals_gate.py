"""Deciding an approval: rights, fingerprint, quorum, edits, and what stays as it was."""

import pytest
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.follow_up import follow_up
from tollgate.errors import ApprovalClosedError, ForbiddenError, InvalidError, NotFoundError, StaleFingerprintError
from tollgate.models.approval import Approval, DecisionKind
from tollgate.models.call import CallState
from tollgate.models.principal import Principal

from tests.integration.gate_world import (
    ADA,
    ARGUMENTS,
    BEN,
    EVE,
    LEA,
    REQUESTER,
    ROBOT,
    STRANGER,
    GateWorld,
    person,
    tables,
)

__all__ = ["tables"]


def say(
    tables: GateWorld, approval: Approval, who: Principal, kind: DecisionKind = "approve", **more: object
) -> Approval:
    """One decision through the API's door."""
    word = Word(**{"kind": kind, "fingerprint": approval.fingerprint} | more)  # type: ignore[arg-type]
    return follow_up(tables.stores, decide(tables.stores, person(who), approval.approval_id, word, via="api").approval)


def test_an_approval_clears_the_call_and_is_journalled(tables: GateWorld) -> None:
    """One person's yes moves approval and call together, and the journal says who."""
    approval = tables.open()
    decided = say(tables, approval, ADA)
    assert decided.status == tables.stores.approvals.get(approval.approval_id).status == "approved"
    assert tables.call(approval).state == CallState.APPROVED
    [body] = tables.records(approval, "approval_decided")
    assert (body["by"], body["decision"], body["fingerprint"]) == ("ada", "approve", approval.fingerprint)


def test_a_rejection_reaches_the_call_with_its_reason(tables: GateWorld) -> None:
    """The model reads the reason from the call's item."""
    approval = tables.open()
    say(tables, approval, ADA, "reject", reason="wrong vendor")
    call = tables.call(approval)
    assert (call.state, call.decided_by, call.decision_reason) == (CallState.REJECTED, "ada", "wrong vendor")


def test_the_same_word_twice_changes_nothing(tables: GateWorld) -> None:
    """A repeated post finds the decision and adds none."""
    approval = tables.open()
    first, second = say(tables, approval, ADA), say(tables, approval, ADA)
    assert first == second
    assert len(tables.stores.approvals.get(approval.approval_id).decisions) == 1
    assert len(tables.records(approval, "approval_decided")) == 1


def test_the_same_word_again_mends_what_a_crash_left_out(tables: GateWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies after the transaction leaves a decision without record; repeating it writes the record."""
    approval = tables.open()
    with monkeypatch.context() as patch:
        patch.setattr(tables.stores.journal, "write", lambda *_, **__: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            say(tables, approval, ADA)
    assert tables.call(approval).state == CallState.APPROVED
    assert tables.records(approval, "approval_decided") == []
    say(tables, approval, ADA)
    assert len(tables.records(approval, "approval_decided")) == 1


@pytest.mark.parametrize("arguments", [ARGUMENTS, dict(reversed(ARGUMENTS.items()))])
def test_an_edit_that_changes_nothing_is_refused(tables: GateWorld, arguments: dict[str, object]) -> None:
    """It would begin a quorum anew, and whoever sent it meant to approve."""
    approval = tables.open()
    with pytest.raises(InvalidError, match="changes nothing; approve the call"):
        say(tables, approval, ADA, "edit", arguments=arguments)
    assert tables.call(approval).state == CallState.ASKED


def test_another_word_after_the_decision_says_who_decided(tables: GateWorld) -> None:
    """Late deciders read who was first, and nothing changes."""
    approval = tables.open()
    say(tables, approval, ADA)
    with pytest.raises(ApprovalClosedError, match="approved by ada at 20"):
        say(tables, approval, BEN, "reject")
    assert tables.call(approval).state == CallState.APPROVED


def test_another_fingerprint_is_stale(tables: GateWorld) -> None:
    """Whoever decides about something else than what is asked decides nothing."""
    approval = tables.open()
    with pytest.raises(StaleFingerprintError, match="look at it again"):
        say(tables, approval, ADA, fingerprint="sha256:" + "0" * 64)
    assert tables.call(approval).state == CallState.ASKED


@pytest.mark.parametrize(
    ("who", "message"),
    [
        (EVE, "eve is none of the approvers: role:finance"),
        (ROBOT, "batch is a service"),
        (REQUESTER, "requester_may_approve: true"),
    ],
)
def test_who_lacks_the_right_is_told_which(tables: GateWorld, who: Principal, message: str) -> None:
    """Role, kind and the requester's own interest each stop a decision."""
    approval = tables.open()
    with pytest.raises(ForbiddenError, match=message):
        say(tables, approval, who)
    assert tables.call(approval).state == CallState.ASKED


def test_another_tenants_approval_is_unknown(tables: GateWorld) -> None:
    """The right role in another tenant finds nothing at all."""
    with pytest.raises(NotFoundError):
        say(tables, tables.open(), STRANGER)


def test_no_approvers_means_any_person_but_the_requester(tables: GateWorld) -> None:
    """An agent that names nobody is decided by anybody of its tenant."""
    approval = tables.open(execution=tables.execution("open_payer"))
    with pytest.raises(ForbiddenError):
        say(tables, approval, REQUESTER)
    assert say(tables, approval, EVE).status == "approved"


def test_the_requester_decides_where_the_agent_says_so(tables: GateWorld) -> None:
    """`requester_may_approve` is the agent's word, frozen into the approval."""
    approval = tables.open(execution=tables.execution("trusting_payer"))
    assert say(tables, approval, REQUESTER).status == "approved"


def test_a_quorum_needs_distinct_people(tables: GateWorld) -> None:
    """Above the rule's bound two people must agree; the same one twice is one."""
    approval = tables.open(arguments=ARGUMENTS | {"amount": 10_000.01})
    assert approval.quorum == 2
    assert say(tables, approval, ADA).status == "pending"
    assert say(tables, approval, ADA).status == "pending"
    assert tables.call(approval).state == CallState.ASKED
    assert say(tables, approval, BEN).status == "approved"
    assert tables.call(approval).state == CallState.APPROVED
    assert [body["by"] for body in tables.records(approval, "approval_decided")] == ["ada", "ben"]


def test_one_rejection_vetoes_a_quorum(tables: GateWorld) -> None:
    """Agreement so far does not outvote a no, not even one's own."""
    approval = tables.open(arguments=ARGUMENTS | {"amount": 20_000})
    say(tables, approval, ADA)
    assert say(tables, approval, ADA, "reject").status == "rejected"
    assert tables.call(approval).state == CallState.REJECTED


def test_an_edit_is_checked_against_the_schema_whole(tables: GateWorld) -> None:
    """Every violation is told with its pointer, and the call still waits."""
    approval = tables.open()
    with pytest.raises(InvalidError) as raised:
        say(tables, approval, ADA, "edit", arguments={"vendor_id": "X", "amount": -1, "extra": 1})
    pointers = {violation["pointer"] for violation in raised.value.violations}
    assert pointers == {"/arguments", "/arguments/vendor_id", "/arguments/amount"}
    assert tables.call(approval).state == CallState.ASKED


def test_an_edit_replaces_the_arguments_and_waits_for_screening(tables: GateWorld) -> None:
    """EDITED starts nothing: the machine screens the new arguments first."""
    approval = tables.open(arguments=ARGUMENTS | {"amount": 20_000})
    edited = ARGUMENTS | {"amount": 99}
    assert say(tables, approval, ADA, "edit", arguments=edited).status == "edited"
    call = tables.call(approval)
    assert (call.state, call.arguments, call.edited_by) == (CallState.EDITED, edited, "ada")


@pytest.mark.parametrize(
    ("kind", "more"), [("edit", {}), ("approve", {"arguments": ARGUMENTS}), ("reject", {"reason": "x" * 2001})]
)
def test_a_word_that_makes_no_sense_is_refused(tables: GateWorld, kind: DecisionKind, more: dict[str, object]) -> None:
    """An edit without arguments, arguments without an edit, a reason without end."""
    approval = tables.open()
    with pytest.raises(InvalidError):
        say(tables, approval, ADA, kind, **more)
    assert tables.stores.approvals.get(approval.approval_id).decisions == []


def test_an_expired_approval_stays_undecided(tables: GateWorld) -> None:
    """Time is up by the clock, whatever the state machine has got round to."""
    approval = tables.open(seconds=30)
    tables.clock.shift = 31
    try:
        with pytest.raises(ApprovalClosedError, match="expired at"):
            say(tables, approval, ADA)
    finally:
        tables.clock.shift = 0
    assert tables.call(approval).state == CallState.ASKED


def test_a_revoked_approval_cannot_be_decided(tables: GateWorld) -> None:
    """The execution ended while somebody was still looking."""
    approval = tables.open()
    tables.stores.approvals.close(approval.approval_id, "revoked")
    with pytest.raises(ApprovalClosedError, match="revoked"):
        say(tables, approval, ADA)
    assert tables.call(approval).state == CallState.ASKED


def test_a_call_that_no_longer_waits_keeps_its_state(tables: GateWorld) -> None:
    """Approval and call disagree only in a crash; the call's item decides."""
    approval = tables.open()
    tables.stores.calls.expire(tables.call(approval))
    with pytest.raises(ApprovalClosedError, match="no longer waits"):
        say(tables, approval, ADA)
    assert tables.call(approval).state == CallState.EXPIRED
    assert tables.stores.approvals.get(approval.approval_id).decisions == []


def test_escalation_lets_others_decide(tables: GateWorld) -> None:
    """Who was asked first may still decide, and who was asked later may too."""
    approval = tables.open(execution=tables.execution("escalating_payer"))
    with pytest.raises(ForbiddenError):
        say(tables, approval, LEA)
    tables.stores.approvals.escalate(approval, approvers=[*approval.approvers, "role:finance_lead"])
    assert say(tables, approval, LEA).status == "approved"
