"""The wrapper around every tool: one start per cleared call, attempts counted, every failure told by name."""

import asyncio
import itertools
import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tollgate.errors import (
    CallRefusedError,
    CallUnfinishedError,
    ToolTransientError,
    ToolUnavailableError,
)
from tollgate.models.call import CallResult, CallState
from tollgate.store import artifacts, dynamodb
from tollgate.tool_runtime import time_limit
from tollgate.tool_runtime.code import CodeRunner
from tollgate.tool_runtime.output import MAX_BYTES

from tests.integration.tool_world import ANA, Held, Scripted, ToolWorld, manifest, tools

__all__ = ["tools"]

EFFECTS = ("idempotent", "keyed", "verify", "never")


def write(on_retry: str | None = None, **fields: Any) -> Any:
    return manifest(effect="write", sinks=[["item"]], **({"on_retry": on_retry} if on_retry else {}), **fields)


def hang(call: Any) -> None:
    """Until the alarm; bounded, so that a broken alarm fails the test and does not hold it."""
    time.sleep(20)


def test_cleared_call_runs_once_and_its_result_is_kept(tools: ToolWorld) -> None:
    """The state machine gets id and status; the ledger has value, text and attempts; a second delivery only answers."""
    held, runner = tools.cleared(), Scripted([{"found": 1}])
    assert held.run(runner) == {"id": "c0", "status": "ok"}
    assert held.run(runner) == {"id": "c0", "status": "ok"}
    assert len(runner.seen) == 1
    assert (held.result.value, held.result.text, held.result.attempts) == ({"found": 1}, '{"found": 1}', 1)


@pytest.mark.parametrize("state", [CallState.ASKED, CallState.EDITED, CallState.REJECTED, CallState.EXPIRED])
def test_call_that_is_not_cleared_does_not_start(tools: ToolWorld, state: CallState) -> None:
    """Only CLEARED and APPROVED start, whatever the state machine says."""
    held, runner = tools.cleared(state=state), Scripted([1])
    with pytest.raises(CallRefusedError, match=str(state)):
        held.run(runner)
    assert runner.seen == []


@pytest.mark.parametrize("changed", [{"policy_digest": "sha256:old"}, {"manifest_digest": "sha256:old"}])
def test_call_cleared_under_another_policy_or_manifest_does_not_start(tools: ToolWorld, changed: Any) -> None:
    """It must be screened again."""
    held, runner = tools.cleared(**changed), Scripted([1])
    with pytest.raises(CallRefusedError, match="screen it again"):
        held.run(runner)
    assert runner.seen == []


def test_expired_approval_does_not_start(tools: ToolWorld) -> None:
    """An approval past its time starts nothing."""
    held = tools.cleared(state=CallState.APPROVED, expires_at=int(time.time()) - 1)
    with pytest.raises(CallRefusedError, match="expired"):
        held.run(Scripted([1]))


def test_unknown_call_does_not_start(tools: ToolWorld) -> None:
    """A call that screening never wrote down is no call."""
    held, runner = tools.cleared(), Scripted([1])
    missing = Held(held.stores, held.entry, held.call.model_copy(update={"call_id": "c9"}))
    with pytest.raises(CallRefusedError, match="no such call"):
        missing.run(runner)
    assert runner.seen == []


def test_two_processes_that_read_the_same_call_start_it_once(tools: ToolWorld) -> None:
    """The second of two deliveries that both saw CLEARED is refused by the conditional write."""
    held = tools.cleared()
    seen_by_second = held.now

    def first_is_at_work(call: Any) -> str:
        with pytest.raises(CallRefusedError, match="another attempt took this call"):
            held.stores.calls.start(
                seen_by_second, attempt_id="second", now=0.0, lease_until=0.0,
                manifest_digest=held.entry.digest, policy_digest=held.entry.policy_digest,
            )  # fmt: skip
        return "first"

    held.run(Scripted([first_is_at_work]))
    assert held.result.value == "first"


def test_late_zombie_cannot_record_over_another_attempt(tools: ToolWorld) -> None:
    """A process that lost its hold while it worked gets an error, and the other one's result stays."""
    held = tools.cleared(write("idempotent"))

    def meanwhile_another_finishes(call: Any) -> str:
        taken = held.leave_started()
        held.stores.calls.finish(taken, "dead", CallResult(ok=True, value="the other's", text='"the other\'s"'))
        return "the zombie's"

    with pytest.raises(CallRefusedError, match="its result is dropped"):
        held.run(Scripted([meanwhile_another_finishes]))
    assert held.result.value == "the other's"


def test_zombie_cannot_start_another_attempt(tools: ToolWorld) -> None:
    """Once another process holds the call, the first one's retry is refused before its handler runs."""
    held = tools.cleared(write("idempotent"))

    def lose_hold_and_fail(call: Any) -> None:
        held.leave_started()
        raise ToolTransientError("again, please")

    runner = Scripted([lose_hold_and_fail, "second"])
    with pytest.raises(CallRefusedError, match="no longer holds"):
        held.run(runner)
    assert len(runner.seen) == 1


def test_transient_failures_are_tried_again_under_one_key(tools: ToolWorld) -> None:
    """`attempt` counts each start from 1, the idempotency key stays, and pauses are within the backoff."""
    held, runner = tools.cleared(), Scripted([ToolTransientError("1"), ToolTransientError("2"), "done"])
    held.run(runner)
    assert [call.attempt for call in runner.seen] == [1, 2, 3]
    assert len({call.idempotency_key for call in runner.seen}) == 1
    assert (held.result.ok, held.result.attempts) == (True, 3)
    assert all(0 <= pause <= 0.01 for pause in held.slept)


def test_attempts_are_used_up_and_told(tools: ToolWorld) -> None:
    """After `max_attempts` the result names the error, its words and how often it was tried."""
    held, runner = tools.cleared(), Scripted([ToolTransientError("the database is down")])
    assert held.run(runner)["status"] == "failed"
    told = held.result
    assert (told.error, told.message, told.attempts) == ("ToolTransientError", "the database is down", 3)
    assert len(runner.seen) == 3


def test_pause_is_never_shorter_than_the_tool_asks(tools: ToolWorld) -> None:
    """A tool that says when to come back is not asked before."""
    held = tools.cleared()
    held.run(Scripted([ToolTransientError("busy", retry_after_seconds=7.5), "done"]))
    assert held.slept == [7.5]


def test_pause_that_does_not_fit_ends_the_call(tools: ToolWorld) -> None:
    """Another attempt starts only with its whole time ahead of it."""
    held, runner = tools.cleared(), Scripted([ToolTransientError("busy", retry_after_seconds=1_000), "done"])
    held.run(runner)
    assert (len(runner.seen), held.slept, held.result.attempts) == (1, [], 1)


def test_other_errors_are_not_tried_again(tools: ToolWorld) -> None:
    """Any exception but the transient one is final; class and words reach the model."""
    held, runner = tools.cleared(), Scripted([ValueError("no vendor V-9")])
    held.run(runner)
    assert (held.result.error, held.result.message, len(runner.seen)) == ("ValueError", "no vendor V-9", 1)


@pytest.mark.parametrize(
    ("exit_", "named"),
    [(SystemExit(3), "SystemExit 3"), (asyncio.CancelledError(), "CancelledError"), (GeneratorExit(), "GeneratorExit")],
    ids=["SystemExit", "CancelledError", "GeneratorExit"],
)
def test_handler_that_leaves_is_a_failure_of_its_call(tools: ToolWorld, exit_: BaseException, named: str) -> None:
    """`sys.exit` in a handler does not take the process with it."""
    held = tools.cleared()
    held.run(Scripted([exit_]))
    assert f"the handler exited: {named}" in held.result.message


class MuteError(Exception):
    """An error that fails when it is asked what it says."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_error_that_cannot_be_printed_is_told_by_its_name(tools: ToolWorld) -> None:
    """It is the tool's failure and its result is written, not one of the wrapper that leaves the call half done."""
    held = tools.cleared(write("keyed"))
    held.run(Scripted([MuteError()]))
    assert (held.result.error, held.result.message) == ("MuteError", "the tool gave no message")


def test_error_text_that_is_no_unicode_is_told_readably(tools: ToolWorld) -> None:
    """Half a surrogate pair in an error message does not keep the result from being written."""
    held = tools.cleared()
    held.run(Scripted([ValueError("bad \ud800 text" + "x" * 5_000)]))
    assert held.result.message.startswith("bad ? text")
    assert len(held.result.message) == 2_000


@pytest.mark.parametrize(
    ("output", "named"),
    [(b"\xff", "not JSON"), (float("nan"), "not JSON"), ("\ud800", "surrogate"), ("x" * (MAX_BYTES + 1), "10,485,760")],
    ids=["bytes", "nan", "surrogate", "large"],
)
def test_output_that_is_no_json_is_a_named_failure(tools: ToolWorld, output: Any, named: str) -> None:
    """The call is over, and the model reads what was wrong with the tool's output."""
    held = tools.cleared()
    held.run(Scripted([output]))
    assert held.result.error == "ToolOutputError"
    assert named in held.result.message


def test_output_of_an_effect_that_is_no_json_is_told_as_perhaps_done(tools: ToolWorld) -> None:
    """A model that reads only "not JSON" would call again, and the effect would be there twice."""
    held = tools.cleared(write("keyed"))
    held.run(Scripted([b"\xff"]))
    assert held.result.error == "ToolOutputError"
    assert "its effect may have happened" in held.result.message
    assert held.result.started


def test_large_output_is_kept_whole_and_shown_cut(tools: ToolWorld) -> None:
    """What the model reads fits its limit; the whole value is in the ledger, beyond what an item can hold."""
    rows = [{"id": number, "text": "row " * 20} for number in range(8_000)]
    held = tools.cleared(manifest(output_limit_tokens=200))
    held.run(Scripted([rows]))
    assert held.result.value == rows
    assert held.result.cut
    assert len(held.result.text.encode()) <= 600
    json.loads(held.result.text)


@pytest.mark.parametrize("rows", [40, 8_000])
def test_output_that_is_shown_cut_is_an_object_of_its_own(tools: ToolWorld, rows: int) -> None:
    """However small, the whole is in the bucket under tool and execution, where `read_artifact` may read."""
    value = [{"id": number, "text": "row " * 20} for number in range(rows)]
    held = tools.cleared(manifest(output_limit_tokens=200))
    held.run(Scripted([value]))
    assert str(held.now.artifact).startswith(f"results/probe/{held.call.execution_id}/1-c0-1-")
    assert json.loads(tools.stores.artifacts.get_text(str(held.now.artifact)))["value"] == value


def test_output_that_fits_is_no_artifact(tools: ToolWorld) -> None:
    """Nothing more to read, nothing more to store."""
    held = tools.cleared()
    held.run(Scripted([{"found": 1}]))
    assert held.now.artifact is None


@pytest.mark.parametrize("size", [10, 200_000])
def test_call_is_read_once_and_written_twice(tools: ToolWorld, size: int) -> None:
    """The picture of the call is what the conditional writes answer with; a large result is not fetched back."""
    sent: list[str] = []
    held = tools.cleared(manifest(output_limit_tokens=50_000, memory_mb=512))
    for service in (dynamodb.client(), artifacts._client()):
        service.meta.events.register("before-call", lambda model, **_: sent.append(model.name), unique_id="counts")
    held.run(Scripted(["x" * size]))
    for service in (dynamodb.client(), artifacts._client()):
        service.meta.events.unregister("before-call", unique_id="counts")
    stored = ["PutObject"] if size > 64_000 else []
    assert sent == ["GetItem", "UpdateItem", *stored, "UpdateItem"]


def test_stored_value_is_what_its_text_says(tools: ToolWorld) -> None:
    """Tuples and number keys are stored as JSON has them, so that the value reads the same from anywhere."""
    held = tools.cleared()
    held.run(Scripted([{1: (1, 2), "1": "later"}]))
    assert held.result.value == json.loads(held.result.text)


@pytest.mark.parametrize("on_retry", ["idempotent", "keyed"])
def test_timed_out_effect_is_not_repeated_and_told_as_unknown(tools: ToolWorld, on_retry: str) -> None:
    """A timeout is no transient failure: the result says which tool, how long, and that nobody knows."""
    held, runner = tools.cleared(write(on_retry, timeout_seconds=1)), Scripted([hang])
    held.run(runner)
    assert held.result.error == "ToolTimeoutError"
    assert "probe timed out (timeout_seconds: 1); whether its effect happened is unknown" in held.result.message
    assert (len(runner.seen), held.result.started) == (1, True)


def test_timed_out_read_says_which_tool_and_how_long(tools: ToolWorld) -> None:
    """The call is cut off within its manifest's seconds, inside its process."""
    held, start = tools.cleared(manifest(timeout_seconds=1)), time.monotonic()
    held.run(Scripted([hang]))
    assert time.monotonic() - start < 5
    assert held.result.message == "probe timed out (timeout_seconds: 1)"


def test_timed_out_effect_that_never_repeats_is_left_to_a_person(tools: ToolWorld) -> None:
    """The call stays STARTED, and the error leads to a gate."""
    held = tools.cleared(write("never", timeout_seconds=1))
    with pytest.raises(CallUnfinishedError, match="a person must decide"):
        held.run(Scripted([hang]))
    assert held.now.state == CallState.STARTED


@pytest.mark.parametrize(("found", "ok", "word"), [("done at 9", True, "done at 9"), (None, False, "did not happen")])
def test_timed_out_effect_is_checked_by_its_own_check(tools: ToolWorld, found: Any, ok: bool, word: str) -> None:
    """`verify` decides what became of a call that ran out of time; it is not run again unasked."""
    held, runner = tools.cleared(write("verify", timeout_seconds=1)), Scripted([hang], checks=[found])
    held.run(runner)
    assert held.result.ok is ok
    assert word in (held.result.text if ok else held.result.message)
    assert (len(runner.seen), len(runner.verified)) == (1, 1)


@pytest.mark.parametrize("check", [hang, RuntimeError("no access")], ids=["hangs", "raises"])
def test_check_that_fails_leaves_the_effect_unknown(tools: ToolWorld, check: Any) -> None:
    """A check that hangs or raises proves nothing: the effect is told as unknown and not repeated."""
    held, runner = tools.cleared(write("verify", timeout_seconds=1)), Scripted([hang], checks=[check])
    held.run(runner)
    assert held.result.error == "CallUnfinishedError"
    assert "whether its effect happened is unknown" in held.result.message
    assert len(runner.seen) == 1


def test_handler_that_swallows_the_alarm_is_interrupted_again(tools: ToolWorld) -> None:
    """`except BaseException` inside a tool does not buy it time."""

    def stubborn(call: Any) -> None:
        for _ in range(2):
            try:
                time.sleep(20)
            except BaseException:  # what a careless tool does
                continue
        time.sleep(20)

    held, start = tools.cleared(manifest(timeout_seconds=1)), time.monotonic()
    held.run(Scripted([stubborn]))
    assert held.result.error == "ToolTimeoutError"
    assert time.monotonic() - start < 8


def test_alarm_leaves_nothing_behind_once_its_block_is_left() -> None:
    """Blocks that end as their alarm goes off leave no watchdog that would kill a later call."""
    outcomes = set()
    for number in range(200):
        try:
            with time_limit.time_limit(0.005):
                deadline = time.monotonic() + 0.004 + number * 1e-5
                while time.monotonic() < deadline:
                    pass
            outcomes.add("in time")
        except time_limit.CallTimedOut:
            outcomes.add("timed out")
    assert outcomes == {"in time", "timed out"}
    watchdogs = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert [watchdog for watchdog in watchdogs if not watchdog.finished.is_set()] == []


def test_alarm_before_the_block_is_entered_leaves_nothing_behind() -> None:
    """A process that is held up between setting the alarm and the handler is still cleaned up after."""
    for _ in range(50):
        with pytest.raises(time_limit.CallTimedOut), time_limit.time_limit(1e-6):
            time.sleep(1)
    watchdogs = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert [watchdog for watchdog in watchdogs if not watchdog.finished.is_set()] == []
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_dead_attempt_of_an_effect_that_never_repeats_stays_with_a_person(tools: ToolWorld) -> None:
    """STARTED and `never`: the handler does not run."""
    held, runner = tools.cleared(write()), Scripted(["twice"])
    held.leave_started()
    with pytest.raises(CallUnfinishedError, match="a person must decide"):
        held.run(runner)
    assert runner.seen == []


@pytest.mark.parametrize("on_retry", ["idempotent", "keyed"])
def test_dead_attempt_is_run_again_with_the_same_key(tools: ToolWorld, on_retry: str) -> None:
    """Attempts go on counting where the dead process stopped."""
    undisturbed, held = Scripted(["x"]), tools.cleared(write(on_retry))
    twin = tools.cleared(write(on_retry), execution_id=held.call.execution_id, step=1, call_id="c1")
    twin.run(undisturbed)
    held.leave_started()
    runner = Scripted(["again"])
    held.run(runner)
    assert [call.attempt for call in runner.seen] == [2]
    assert runner.seen[0].idempotency_key != undisturbed.seen[0].idempotency_key
    assert held.result.value == "again"


def test_dead_attempt_is_verified_after_its_lease(tools: ToolWorld) -> None:
    """The check waits until the dead process cannot be at work any more, and its finding is the result."""
    held, runner = tools.cleared(write("verify")), Scripted(["twice"], checks=[{"id": 7}])
    held.leave_started(lease_until=time.time() + 20)
    held.run(runner)
    assert (held.result.value, runner.seen) == ({"id": 7}, [])
    assert held.slept[0] == pytest.approx(20, abs=2)


def test_verified_as_not_done_runs(tools: ToolWorld) -> None:
    """None means "not done: run it"."""
    held, runner = tools.cleared(write("verify")), Scripted(["now"], checks=[None])
    held.leave_started()
    held.run(runner)
    assert (held.result.value, [call.attempt for call in runner.seen]) == ("now", [2])


def test_lease_outlasts_the_attempt_and_no_more(tools: ToolWorld) -> None:
    """A dead process is waited for as long as its one attempt could last, not as long as its function could."""
    held, left = tools.cleared(write("verify", timeout_seconds=5)), []
    held.run(Scripted([lambda call: left.append(held.now.lease_until - time.time())]))
    assert 15 < left[0] < 18


def test_tool_that_is_unavailable_is_told_as_not_started(tools: ToolWorld) -> None:
    """Without a fallback it is a result like another; `started` is False."""
    held = tools.cleared(write())
    held.run(Scripted([ToolUnavailableError("closed on Sundays")]))
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", False)


@pytest.mark.parametrize(
    ("effect", "error", "falls_back"),
    [
        ("read", ValueError("broken"), True),
        ("read", ToolUnavailableError("down"), True),
        ("write", ToolUnavailableError("down"), True),
        ("write", ValueError("broken"), False),
        ("write", ToolTransientError("flaky"), False),
    ],
)
def test_fallback_is_asked_for_reads_and_for_effects_that_did_not_start(
    tools: ToolWorld, effect: str, error: Exception, falls_back: bool
) -> None:
    """The error leaves the wrapper, for the state machine, only where a second tool can do no harm."""
    held = tools.cleared(manifest(effect=effect, sinks=[["item"]] if effect == "write" else [], fallback="archive"))
    if falls_back:
        with pytest.raises(type(error)):
            held.run(Scripted([error]))
    else:
        held.run(Scripted([error]))
    assert held.now.state == CallState.DONE


@pytest.mark.parametrize(
    ("effect", "error", "falls_back"),
    [
        ("read", ValueError("broken"), True),
        ("write", ToolUnavailableError("down"), True),
        ("write", ValueError("broken"), False),
    ],
)
def test_fallback_is_asked_for_though_the_process_died_after_its_record(
    tools: ToolWorld, effect: str, error: Exception, falls_back: bool
) -> None:
    """The attempt that finds the failure on record says what the dead one did not come to say; nothing starts."""
    held = tools.cleared(manifest(effect=effect, sinks=[["item"]] if effect == "write" else [], fallback="archive"))
    with suppress(ToolUnavailableError, ValueError):
        held.run(Scripted([error]))
    again = Scripted([])
    if falls_back:
        with pytest.raises(ToolUnavailableError, match="had failed before"):
            held.run(again)
    else:
        assert held.run(again)["status"] == "failed"
    assert again.seen == []


def test_effect_that_an_earlier_attempt_may_have_begun_has_no_fallback(tools: ToolWorld) -> None:
    """ "Unavailable" speaks of its own attempt: after a transient failure the effect may have happened."""
    held = tools.cleared(write("keyed", fallback="archive"))
    held.run(Scripted([ToolTransientError("lost the answer"), ToolUnavailableError("now down")]))
    assert (held.result.error, held.result.started) == ("ToolUnavailableError", True)


def test_effect_that_a_dead_process_may_have_begun_has_no_fallback(tools: ToolWorld) -> None:
    """The same after a crash: only the first start of all can say that nothing was started."""
    held = tools.cleared(write("keyed", fallback="archive"))
    held.leave_started()
    held.run(Scripted([ToolUnavailableError("down")]))
    assert held.result.started


def test_handler_is_told_whose_call_it_serves(tools: ToolWorld) -> None:
    """Ids, principal, key and the seconds that are left."""
    held, runner = tools.cleared(), Scripted([lambda call: round(call.remaining_seconds())])
    held.run(runner)
    call = runner.seen[0]
    assert (call.execution_id, call.call_id, call.principal) == (held.call.execution_id, "c0", ANA)
    assert len(call.idempotency_key) == 64
    assert held.result.value == 5


def test_idempotency_key_differs_for_every_call_and_arguments(tools: ToolWorld) -> None:
    """Execution, step, call and canonical arguments make the key; the order of keys does not."""
    keys = []
    base = {"execution_id": f"exe-{'ab' * 16}", "step": 1, "call_id": "c0", "arguments": {"item": "a", "n": 1}}
    changes: Iterator[dict[str, Any]] = iter(
        [{}, {"step": 2}, {"call_id": "c1"}, {"arguments": {"item": "b", "n": 1}, "call_id": "c2"}]
    )
    for change, step in zip(changes, itertools.count()):
        runner = Scripted(["x"])
        tools.cleared(manifest(name=f"probe{step}"), **{**base, **change}).run(runner)
        keys.append(runner.seen[0].idempotency_key)
    assert len(set(keys)) == 4
    runner = Scripted(["x"])
    tools.cleared(manifest(name="turned"), **{**base, "arguments": {"n": 1, "item": "a"}}).run(runner)
    assert runner.seen[0].idempotency_key == keys[0]


DOCUMENT = {"type": "object", "properties": {"paper": {"type": "string", "x-tollgate-document": True}}}


def test_document_is_handed_over_whole_by_its_name(tools: ToolWorld) -> None:
    """The handler gets the text; the ledger keeps the name."""
    tools.stores.artifacts.put_text("documents/e/invoice", "<Invoice>\u00e4</Invoice>")
    held = tools.cleared(
        manifest(input_schema=DOCUMENT), arguments={"paper": "invoice"}, documents={"invoice": "documents/e/invoice"}
    )
    runner = Scripted(["read"])
    held.run(runner)
    assert runner.arguments == [{"paper": "<Invoice>\u00e4</Invoice>"}]
    assert held.now.arguments == {"paper": "invoice"}


@pytest.mark.parametrize("name", ["other", "../secrets", ["invoice"]])
def test_document_of_another_name_is_refused_with_the_known_ones(tools: ToolWorld, name: Any) -> None:
    """A name reaches only the documents of its own request."""
    held = tools.cleared(
        manifest(input_schema=DOCUMENT), arguments={"paper": name}, documents={"invoice": "documents/e/invoice"}
    )
    runner = Scripted(["read"])
    held.run(runner)
    assert "the documents of this request are: invoice" in held.result.message
    assert runner.seen == []


ARTIFACT = {"type": "object", "properties": {"of": {"type": "string", "x-tollgate-artifact": True}}}


def test_artifact_is_handed_over_whole_by_its_id(tools: ToolWorld) -> None:
    """The handler gets the value that was shown cut; the ledger keeps the id."""
    rows = ["row"] * 5_000
    first = tools.cleared()
    first.run(Scripted([rows]))
    held = tools.cleared(
        manifest(name="again", input_schema=ARTIFACT), execution_id=first.call.execution_id, step=2,
        arguments={"of": "1-c0"}, artifacts={"1-c0": first.now.artifact},
    )  # fmt: skip
    runner = Scripted(["read"])
    held.run(runner)
    assert runner.arguments == [{"of": rows}]
    assert held.now.arguments == {"of": "1-c0"}


@pytest.mark.parametrize("name", ["9-c9", "results/probe/e/1-c0.json", ["1-c0"]])
def test_artifact_of_another_id_is_refused_with_the_known_ones(tools: ToolWorld, name: Any) -> None:
    """The error names what there is, and nothing is read."""
    held = tools.cleared(
        manifest(input_schema=ARTIFACT), arguments={"of": name}, artifacts={"1-c0": "results/p/e/1", "2-c1": "x"}
    )
    runner = Scripted(["read"])
    held.run(runner)
    assert "this execution has: 1-c0, 2-c1" in held.result.message
    assert runner.seen == []


def test_artifact_of_another_execution_is_refused_even_if_the_ledger_names_it(tools: ToolWorld) -> None:
    """The role may read all results; the wrapper reads its own execution's."""
    first = tools.cleared()
    first.run(Scripted([["row"] * 5_000]))
    held = tools.cleared(
        manifest(input_schema=ARTIFACT), arguments={"of": "1-c0"}, artifacts={"1-c0": str(first.now.artifact)}
    )
    runner = Scripted(["read"])
    held.run(runner)
    assert "not one of this execution" in held.result.message
    assert runner.seen == []


def test_handler_imports_what_lies_beside_it_and_our_errors(tools: ToolWorld, tmp_path: Path) -> None:
    """The tool's folder is on the path, and `tollgate.errors` is there."""
    (tmp_path / "beside_the_handler.py").write_text("WORD = 'beside'\n")
    (tmp_path / "handler.py").write_text(
        "from beside_the_handler import WORD\n"
        "from tollgate.errors import ToolTransientError, ToolUnavailableError\n"
        "def handle(arguments, call):\n"
        "    if call.attempt == 1:\n"
        "        raise ToolTransientError('again')\n"
        "    return [WORD, arguments, call.attempt]\n"
    )
    held = tools.cleared()
    held.run(CodeRunner(tmp_path))
    assert held.result.value == ["beside", {"item": "a"}, 2]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import no_such_package\n", "no_such_package"),
        ("def handle(:\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_handler_that_cannot_be_imported_was_certainly_not_started(
    tools: ToolWorld, tmp_path: Path, source: str, named: str
) -> None:
    """A missing package fails the call by name, and a fallback may run."""
    (tmp_path / "handler.py").write_text(source)
    held = tools.cleared(write(fallback="archive"))
    with pytest.raises(ToolUnavailableError, match=named):
        held.run(CodeRunner(tmp_path))
    assert held.result.started is False
