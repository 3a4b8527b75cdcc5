"""Races at the gate with real threads: exactly one outcome, whoever is first."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from tollgate.approvals.decide import Word, decide
from tollgate.approvals.follow_up import follow_up
from tollgate.errors import ApprovalClosedError, CallRefusedError, TollgateError
from tollgate.models.approval import Approval, DecisionKind
from tollgate.models.call import CallState
from tollgate.models.principal import Principal
from tollgate.tasks import escalate_approval

from tests.integration.gate_world import ADA, ARGUMENTS, BEN, GateWorld, person, tables

__all__ = ["tables"]

ROUNDS = 100
STATES = {
    "approved": CallState.APPROVED,
    "rejected": CallState.REJECTED,
    "edited": CallState.EDITED,
    "expired": CallState.EXPIRED,
}
Act = Callable[[Approval], object]


def says(tables: GateWorld, who: Principal, kind: DecisionKind) -> Act:
    """A decision, which may come too late."""
    arguments = ARGUMENTS | {"amount": 7} if kind == "edit" else None

    def act(approval: Approval) -> object:
        word = Word(kind, approval.fingerprint, arguments)
        return follow_up(
            tables.stores, decide(tables.stores, person(who), approval.approval_id, word, via="api").approval
        )

    return act


def expires(tables: GateWorld) -> Act:
    """The state machine's own task after the time-out, a moment before the time is really up."""

    def act(approval: Approval) -> object:
        event = {
            "execution": approval.execution_id,
            "step": approval.step,
            "call": approval.call_id,
            "error": "Lambda.Unknown",
            "attempt": 0,
        }
        return escalate_approval.run(tables.stores, tables.registry, event, tables.slack)

    return act


def stops(tables: GateWorld) -> Act:
    """What settling an ended execution does to its open approvals."""

    def act(approval: Approval) -> object:
        if tables.stores.approvals.close(approval.approval_id, "revoked"):
            tables.stores.calls.revoke(tables.call(approval), fingerprint=approval.fingerprint)
        return None

    return act


def race(acts: list[Act], approval: Approval) -> list[TollgateError]:
    """What those who lost were told; all start together. Any other error is the test's."""
    lost: list[TollgateError] = []
    broken: list[Exception] = []
    ready = threading.Barrier(len(acts))

    def run(act: Act) -> None:
        ready.wait()
        try:
            act(approval)
        except TollgateError as error:
            lost.append(error)
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    return lost


def outcome(tables: GateWorld, approval: Approval, lost: list[TollgateError]) -> str:
    """The one outcome that approval, call, journal and audit agree on; the effect runs once if that is a yes."""
    after, call = tables.stores.approvals.get(approval.approval_id), tables.call(approval)
    assert audited(tables, approval) == expected_audit(after, lost)
    assert effects(tables, approval) == (after.status == "approved")
    if after.status == "revoked":
        assert call.state == CallState.EXPIRED
        assert tables.records(approval, "approval_decided") == []
        return "revoked"
    assert call.state == STATES[after.status]
    records = tables.stores.journal.of_step(approval.execution_id, approval.step)
    said = [decision.by for decision in after.decisions]
    assert [record.body["by"] for record in records if record.kind == "approval_decided"] == said
    assert len([record for record in records if record.kind == "approval_expired"]) == (after.status == "expired")
    assert len(said) == (0 if after.status == "expired" else after.quorum)
    return after.status


def audited(tables: GateWorld, approval: Approval) -> Counter[tuple[str, str]]:
    """How often the audit has what, without who: that is in the journal's comparison."""
    return Counter((kind, outcome) for kind, _, outcome in tables.audit(approval))


def expected_audit(after: Approval, lost: list[TollgateError]) -> Counter[tuple[str, str]]:
    """One line for the question, one for each word that counted, one for each that did not, one for its end."""
    lines = [("requested", "pending"), *(("refused", type(error).__name__) for error in lost)]
    votes = len(after.decisions) - 1
    lines += [("decided", "pending")] * votes + [("decided", after.status)] if after.decisions else []
    lines += [(after.status, after.status)] if after.status in ("expired", "revoked") else []
    return Counter(lines)


def effects(tables: GateWorld, approval: Approval) -> int:
    """How many of two processes that found the same call may start its effect."""
    started, call = 0, tables.call(approval)
    for attempt in ("first", "second"):
        try:
            tables.stores.calls.start(
                call,
                attempt_id=attempt,
                now=tables.clock.now(),
                lease_until=tables.clock.now() + 60,
                manifest_digest=call.manifest_digest,
                policy_digest=call.policy_digest,
            )
        except CallRefusedError:
            continue
        started += 1
    return started


@pytest.mark.parametrize(
    ("first", "second", "possible"),
    [
        ("approve", "approve", {"approved"}),
        ("approve", "reject", {"approved", "rejected"}),
        ("edit", "approve", {"approved", "edited"}),
        ("approve", "expire", {"approved", "expired"}),
        ("approve", "stop", {"approved", "revoked"}),
    ],
)
def test_two_at_once_have_one_outcome(tables: GateWorld, first: DecisionKind, second: str, possible: set[str]) -> None:
    """A hundred times: one wins, the other is told or finds its own word said, and the audit is whole."""
    others = {"expire": expires(tables), "stop": stops(tables)}
    other = others.get(second) or says(tables, BEN, second)  # type: ignore[arg-type]
    execution = tables.execution()
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        approval = tables.open(execution=execution, step=number + 1)
        lost = race([says(tables, ADA, first), other], approval)
        assert len(lost) < 2, lost
        outcomes[outcome(tables, approval, lost)] += 1
        assert all(isinstance(error, ApprovalClosedError) for error in lost), lost
    assert outcomes.total() == ROUNDS
    assert set(outcomes) <= possible


def test_the_last_two_of_a_quorum_make_it_together(tables: GateWorld) -> None:
    """Two people who agree at once are two, never one and never three."""
    execution = tables.execution()
    for number in range(ROUNDS):
        approval = tables.open(execution=execution, step=number + 1, arguments=ARGUMENTS | {"amount": 50_000})
        assert race([says(tables, ADA, "approve"), says(tables, BEN, "approve")], approval) == []
        assert outcome(tables, approval, []) == "approved"


def test_the_same_person_many_times_at_once_is_one(tables: GateWorld) -> None:
    """Double clicks and replays count once, also towards a quorum."""
    approval = tables.open(arguments=ARGUMENTS | {"amount": 50_000})
    assert race([says(tables, ADA, "approve")] * 20, approval) == []
    after = tables.stores.approvals.get(approval.approval_id)
    assert (after.status, [said.by for said in after.decisions]) == ("pending", ["ada"])
    assert len(tables.records(approval, "approval_decided")) == 1
