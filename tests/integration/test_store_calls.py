"""The ledger of calls: which state leads to which, who holds a call, and who comes too late."""

from collections.abc import Callable
from typing import Any

import pytest
from tollgate.errors import CallRefusedError, ConflictError
from tollgate.models.call import Call, CallResult, CallState
from tollgate.store.calls import Calls, key_of
from tollgate.store.dynamodb import transact

from tests.integration.budget_world import race
from tests.integration.task_world import REQUESTER, TaskWorld, tasks

__all__ = ["tasks"]

NOW, LATER = 1000.0, 2000
OK = CallResult(ok=True, value=1, text="1")


@pytest.fixture
def calls(tasks: TaskWorld) -> Calls:
    tasks.kill.expect(())
    return tasks.stores.calls


@pytest.fixture
def new(calls: Calls, request: pytest.FixtureRequest) -> Callable[..., Call]:
    """Screens a call of this test's own into a state."""

    def make(state: CallState = CallState.CLEARED, **changes: object) -> Call:
        fields = {
            "execution_id": f"exe-{request.node.name}",
            "step": 1,
            "call_id": "c0",
            "tool": "pay",
            "tool_use_id": "u",
            "state": state,
            "arguments": {"item": "a"},
            "fingerprint": "f0",
            "policy_digest": "p",
            "manifest_digest": "m",
            "expires_at": 0 if state == CallState.CLEARED else LATER,
            "principal": REQUESTER,
            **changes,
        }
        return calls.screened(Call.model_validate(fields))

    return make


def start(calls: Calls, call: Call, attempt: str = "one", **changes: Any) -> Call:
    fields: dict[str, Any] = {
        "now": NOW,
        "lease_until": NOW + 60,
        "manifest_digest": "m",
        "policy_digest": "p",
        **changes,
    }
    return calls.start(call, attempt_id=attempt, **fields)


def decide(calls: Calls, call: Call, state: CallState, *, fingerprint: str = "f0", now: float = NOW) -> None:
    transact(
        {
            "Update": calls.decide_request(
                key_of(call), fingerprint=fingerprint, state=state, arguments=None, by="alma", now=now
            )
        }
    )


def current(calls: Calls, call: Call) -> Call:
    found = calls.get(call.tool, call.execution_id, call.step, call.call_id)
    assert found is not None
    return found


def test_cleared_call_starts_finishes_and_stays_done(calls: Calls, new: Callable[..., Call]) -> None:
    """CLEARED -> STARTED -> DONE with its result, which no later screening changes."""
    held = start(calls, new())
    done = calls.finish(held, "one", OK)
    assert (done.state, done.result, done.attempts) == (CallState.DONE, OK, 1)
    assert new(round=1).state == CallState.DONE


@pytest.mark.parametrize(
    "state", [CallState.ASKED, CallState.EDITED, CallState.REJECTED, CallState.EXPIRED, CallState.REFUSED]
)
def test_call_that_nobody_let_through_does_not_start(calls: Calls, new: Callable[..., Call], state: CallState) -> None:
    """Only CLEARED and APPROVED begin an effect."""
    call = new(CallState.ASKED)
    with pytest.raises(CallRefusedError, match=str(state)):
        start(calls, call.model_copy(update={"state": state}))
    assert current(calls, call).state == CallState.ASKED


@pytest.mark.parametrize("changed", [{"policy_digest": "other"}, {"manifest_digest": "other"}, {"now": LATER + 1.0}])
def test_changed_or_expired_approval_does_not_start(
    calls: Calls, new: Callable[..., Call], changed: dict[str, Any]
) -> None:
    """Another policy, another manifest, or too late: refused, and nothing is written."""
    call = new(CallState.ASKED)
    decide(calls, call, CallState.APPROVED)
    with pytest.raises(CallRefusedError):
        start(calls, current(calls, call), **changed)
    assert current(calls, call).state == CallState.APPROVED


def test_call_that_changed_since_it_was_read_does_not_start(calls: Calls, new: Callable[..., Call]) -> None:
    """A process with an old picture of the call is refused by the item itself."""
    old = new()
    new(round=1, fingerprint="f1", arguments={"item": "b"})
    with pytest.raises(CallRefusedError, match="changed meanwhile"):
        start(calls, old)


def test_of_many_processes_one_takes_the_call(calls: Calls, new: Callable[..., Call]) -> None:
    """Twenty deliveries of one call at once: one holder."""
    call = new()

    def attempt(number: int) -> bool:
        try:
            start(calls, call, f"attempt-{number}")
        except CallRefusedError:
            return False
        return True

    assert sum(race(20, attempt)) == 1
    assert current(calls, call).attempts == 1


def test_zombie_cannot_finish_what_another_took_over(calls: Calls, new: Callable[..., Call]) -> None:
    """The dead attempt comes back: its result is dropped, the present holder's counts."""
    zombie = start(calls, new(), "zombie")
    taken = start(calls, zombie, "second")
    with pytest.raises(CallRefusedError, match="no longer holds"):
        calls.finish(zombie, "zombie", CallResult(ok=True, value="late", text="late"))
    assert calls.finish(taken, "second", OK).result == OK


def test_closing_gives_way_to_a_result_that_came_first(calls: Calls, new: Callable[..., Call]) -> None:
    """Reason gives a call up at the moment it finishes: the finished result stays."""
    held = start(calls, new())
    calls.finish(held, "one", OK)
    assert calls.close(held, CallResult(ok=False, error="given up")).result == OK


def test_decision_needs_the_fingerprint_and_time_that_were_shown(calls: Calls, new: Callable[..., Call]) -> None:
    """Another fingerprint, or after the expiry: the call still waits."""
    call = new(CallState.ASKED)
    wrongs: list[dict[str, Any]] = [{"fingerprint": "f1"}, {"now": LATER + 0.5}]
    for wrong in wrongs:
        with pytest.raises(ConflictError):
            decide(calls, call, CallState.APPROVED, **wrong)
    assert current(calls, call).state == CallState.ASKED


@pytest.mark.parametrize("first", [CallState.APPROVED, CallState.REJECTED])
def test_first_decision_stands_and_expiry_only_takes_what_is_unstarted(
    calls: Calls, new: Callable[..., Call], first: CallState
) -> None:
    """A second decision conflicts; an approval that was not used in time expires; a refusal does not."""
    call = new(CallState.ASKED)
    decide(calls, call, first)
    with pytest.raises(ConflictError):
        decide(calls, call, CallState.APPROVED)
    expected = CallState.EXPIRED if first == CallState.APPROVED else first
    assert calls.expire(current(calls, call)).state == expected


def test_started_call_does_not_expire(calls: Calls, new: Callable[..., Call]) -> None:
    """What runs, runs."""
    held = start(calls, new())
    assert calls.expire(held).state == CallState.STARTED


def test_decision_and_expiry_at_once_have_one_winner(calls: Calls, new: Callable[..., Call]) -> None:
    """Approve and start against expiry, twenty times: STARTED or EXPIRED, and never both."""
    for number in range(20):
        call = new(CallState.ASKED, call_id=f"c{number}")
        decide(calls, call, CallState.APPROVED)
        approved = current(calls, call)

        def either(who: int, approved: Call = approved) -> str:
            if who:
                return str(calls.expire(approved).state)
            try:
                return str(start(calls, approved).state)
            except CallRefusedError:
                return "refused"

        assert race(2, either) in (["STARTED", "STARTED"], ["refused", "EXPIRED"])


def test_revoked_question_may_be_asked_anew_and_an_expired_one_may_not(calls: Calls, new: Callable[..., Call]) -> None:
    """Stopping marks what it closes; only such a call gets another round."""
    stopped = new(CallState.ASKED, call_id="c1")
    calls.revoke(stopped, fingerprint="f0")
    assert current(calls, stopped).revoked
    assert not current(calls, stopped).is_over
    again = new(CallState.ASKED, call_id="c1", round=1, fingerprint="f1")
    assert (again.state, current(calls, again).revoked) == (CallState.ASKED, False)
    expired = calls.expire(new(CallState.ASKED, call_id="c2"))
    assert expired.is_over
    assert new(CallState.ASKED, call_id="c2", round=1).state == CallState.EXPIRED


def test_revoking_leaves_decided_and_renewed_calls_alone(calls: Calls, new: Callable[..., Call]) -> None:
    """A decision that came first stays, and so does the question of a later round."""
    decided = new(CallState.ASKED, call_id="c1")
    decide(calls, decided, CallState.APPROVED)
    calls.revoke(decided, fingerprint="f0")
    assert current(calls, decided).state == CallState.APPROVED
    new(CallState.ASKED, call_id="c2")
    renewed = new(CallState.ASKED, call_id="c2", round=1, fingerprint="f1")
    calls.revoke(renewed, fingerprint="f0")
    assert current(calls, renewed).state == CallState.ASKED


def test_same_round_twice_is_one_screening(calls: Calls, new: Callable[..., Call]) -> None:
    """A retried task finds its own write; an older round never replaces a newer one."""
    new()
    new(round=1, fingerprint="f1")
    assert new(round=1, fingerprint="other").fingerprint == "f1"
    assert new(fingerprint="older").fingerprint == "f1"
