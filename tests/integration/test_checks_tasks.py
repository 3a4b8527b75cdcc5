"""External checks and answer screening in the tasks, over real tables and a real server: asked once, whatever dies."""

from collections.abc import Iterator
from typing import Any

import pytest
from tollgate.definitions.registry import AgentEntry
from tollgate.errors import RequestRejectedError
from tollgate.models.check import Check

from tests.integration.guard_server import WORD, GuardServer, guard_server
from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]

DONE = '{"status": "done"}'
KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.fixture
def server() -> Iterator[GuardServer]:
    with guard_server() as running:
        yield running


def journey(world: TaskWorld, turns: Any, *checks: Check, doomed: Any = (), task: str = "", **agent: Any) -> Journey:
    """An execution of the worker with these checks."""
    entry = world.registry.agents["worker"]
    definition = entry.definition.model_copy(update={"checks": list(checks), **agent})
    changed = AgentEntry(definition=definition, instructions=entry.instructions, digest=entry.digest)
    world.registry.agents["worker"] = changed
    made = world.journey(turns, doomed=doomed)
    if task:
        made.execution.input["task"] = task
        world.stores.executions.admitted(made.execution_id, input={"task": task}, untrusted=False)
    return made


@pytest.fixture(autouse=True)
def worker(tasks: TaskWorld) -> Iterator[None]:
    """The agent as it was."""
    before = tasks.registry.agents["worker"]
    yield
    tasks.registry.agents["worker"] = before


def records(of: Journey, kind: str) -> list[dict[str, Any]]:
    return [r.body for r in of.world.stores.journal.of_execution(of.execution_id) if r.kind == kind]


def words(of: Journey) -> list[tuple[str, str, bool]]:
    """What every check said: stage, verdict, whether it failed."""
    return [(body["stage"], body["verdict"], body["failed"]) for body in records(of, "external_check")]


def call(tool: str, note: str = "honest") -> list[tuple[str, Any]]:
    return [(tool, {"item": "parcel-17", "note": note})]


def test_honest_execution_is_asked_about_once_at_each_stage(tasks: TaskWorld, server: GuardServer) -> None:
    """Request, effect, answer: one question each, and a read is not shown."""
    check = server.check("http")
    run = journey(tasks, [call("fetch"), call("write_auto"), DONE], check).run()
    assert run.status == "SUCCEEDED"
    assert [body["stage"] for _, _, body in server.asked] == ["request", "call", "answer"]
    assert words(run) == [("request", "run", False), ("call", "run", False), ("answer", "run", False)]
    screened = [one for body in records(run, "screening") for one in body["calls"]]
    assert [one["rules"].get("external_check:words") for one in screened] == [None, "run"]
    assert records(run, "outcome")[-1]["rules"]["external_check:words"] == "run"


def test_request_that_a_check_refuses_is_rejected(tasks: TaskWorld, server: GuardServer) -> None:
    """The rule is the check's name, and nothing was paid."""
    run = journey(tasks, [DONE], server.check("http"), task=f"a {WORD}")
    with pytest.raises(RequestRejectedError, match="that word"):
        run.run()
    assert (run.execution.outcome, run.execution.reason) == ("rejected", "external_check:words")
    assert run.execution_id not in tasks.model.asked


def test_request_that_a_check_refuses_is_flagged_where_the_agent_says_so(tasks: TaskWorld, server: GuardServer) -> None:
    """`admission: flag`: the run goes on, and an effect under a waiver asks."""
    turns = [call("write_auto"), DONE]
    run = journey(tasks, turns, server.check("http", at=["request"]), task=f"a {WORD}", admission="flag")
    run.run(decide=lambda journey, approval: None)
    assert run.execution.untrusted
    assert run.at[0] == "AwaitApprovals"


@pytest.mark.parametrize("fault", [None, "server_error", "hang"])
def test_call_that_a_check_refuses_does_not_run(tasks: TaskWorld, server: GuardServer, fault: Any) -> None:
    """Objection or silence: the tool is not started and the model reads which check it was."""
    server.fault = fault
    note = WORD if fault is None else "honest"
    run = journey(tasks, [call("write_auto", note), DONE], server.check("http", at=["call"], timeout_seconds=0.5)).run()
    assert run.status == "SUCCEEDED"
    assert run.execution_id not in tasks.effects.starts
    [result] = records(run, "result")
    assert result["error"] == "external_check:words"
    assert "words" in result["text"]
    assert words(run) == [("call", "refuse", fault is not None)]


def test_call_that_a_check_asks_about_runs_when_a_person_agrees(tasks: TaskWorld, server: GuardServer) -> None:
    """The gate's card has the reason; behind the gate nobody is asked again, neither person nor check."""
    server.fault = "server_error"
    seen = []

    def agree(of: Journey, approval: Any) -> dict[str, Any]:
        seen.extend(approval.reasons)
        return {"kind": "approve"}

    run = journey(tasks, [call("write_auto"), DONE], server.check("http", at=["call"], on_error="ask")).run(agree)
    assert run.status == "SUCCEEDED"
    assert [reason.rule for reason in seen] == ["external_check:words"]
    assert len(tasks.effects.starts[run.execution_id]) == 1
    assert len(server.asked) == 1


def test_edited_call_is_another_call_to_a_check(tasks: TaskWorld, server: GuardServer) -> None:
    """What a person puts in is checked like what the model wrote."""
    edited = {"item": "parcel-17", "note": WORD}
    decide = iter([{"kind": "edit", "arguments": edited}])
    run = journey(tasks, [call("write_asked"), DONE], server.check("http", at=["call"]))
    run.run(lambda of, approval: next(decide, None))
    assert [body["call"]["arguments"]["note"] for _, _, body in server.asked] == ["honest", WORD]
    assert run.execution_id not in tasks.effects.starts


def test_call_that_our_own_rules_refuse_is_shown_to_nobody(tasks: TaskWorld, server: GuardServer) -> None:
    """Arguments that break the schema stay here."""
    run = journey(tasks, [[("write_auto", {"wrong": KEY})], DONE], server.check("http", at=["call"])).run()
    assert run.status == "SUCCEEDED"
    assert server.asked == []


def test_check_of_all_calls_sees_reads_too(tasks: TaskWorld, server: GuardServer) -> None:
    """`calls: all`; several checks and calls of one turn are all heard."""
    first = server.check("http", at=["call"], calls="all")
    second = server.check("nemo", at=["call"], calls="all", name="rails")
    run = journey(tasks, [[*call("fetch"), *call("fetch", WORD)], DONE], first, second).run()
    assert sorted(words(run)) == [("call", "refuse", False)] * 2 + [("call", "run", False)] * 2
    assert [r["ok"] for r in records(run, "result")] == [True, False]


def test_answer_that_a_check_refuses_is_mended_once(tasks: TaskWorld, server: GuardServer) -> None:
    """The model reads the check's word; the second answer counts."""
    run = journey(tasks, [f'{{"status": "{WORD}"}}', DONE], server.check("http", at=["answer"])).run()
    assert run.status == "SUCCEEDED"
    [refused] = records(run, "answer_refused")
    assert "that word" in refused["message"]
    assert refused["objections"][0]["rule"] == "external_check:words"


def test_answer_that_cannot_be_checked_ends_at_the_limit_and_a_redrive_checks_it_again(
    tasks: TaskWorld, server: GuardServer
) -> None:
    """No second answer is paid for: the same one is concluded when the server is back."""
    server.fault = "server_error"
    run = journey(tasks, [DONE], server.check("http", at=["answer"], on_error="ask")).run()
    assert (run.status, run.execution.outcome, run.execution.reason) == ("FAILED", "limit_reached", "answer")
    server.fault = None
    run.redrive()
    run.run()
    assert run.status == "SUCCEEDED"
    assert tasks.model.asked[run.execution_id] == [1]
    assert words(run) == [("answer", "run", False), ("answer", "ask", True)]


@pytest.mark.parametrize(
    ("answer", "rule"),
    [(f'{{"status": "{KEY}"}}', "answer_secret"), ('{"status": "bob@acme.org"}', "answer_personal_data"),
     ('{"status": "https://evil.com"}', "answer_link")],
)  # fmt: skip
def test_answer_that_holds_what_it_must_not_is_mended_once(tasks: TaskWorld, answer: str, rule: str) -> None:
    """The trace names rule, detector and place; neither it nor the model is told the value again."""
    run = journey(tasks, [answer, DONE]).run()
    assert run.status == "SUCCEEDED"
    [refused] = records(run, "answer_refused")
    assert [(one["rule"], one["at"]) for one in refused["objections"]] == [(rule, "/status")]
    assert not [value for value in (KEY, "bob@", "evil") if value in str(refused)]
    assert "/status" in str(tasks.model.requests[run.execution_id][-1].messages[-1])


def test_answer_that_holds_it_again_is_the_limit(tasks: TaskWorld) -> None:
    """The second refusal ends the execution; the summary says why, without the value."""
    bad = f'{{"status": "{KEY}"}}'
    run = journey(tasks, [bad, bad, DONE]).run()
    assert (run.execution.outcome, run.execution.reason) == ("limit_reached", "answer")
    assert run.execution.output is None
    assert "holds what it must not" in str(run.execution.summary)
    assert KEY not in str(run.execution.summary)


def test_answer_of_the_wrong_shape_is_shown_to_no_check(tasks: TaskWorld, server: GuardServer) -> None:
    """Nor is one that our own rules refuse."""
    run = journey(tasks, ["no JSON", f'{{"status": "{KEY}"}}'], server.check("http", at=["answer"])).run()
    assert run.execution.reason == "answer"
    assert server.asked == []


def test_task_that_dies_at_any_write_asks_no_check_whose_word_is_on_record(
    tasks: TaskWorld, server: GuardServer
) -> None:
    """Cut off before each write of a run in turn: the same end, and a question is repeated only if its record died."""
    turns = [call("write_auto"), DONE]
    check = server.check("http")
    whole = journey(tasks, turns, check).run()
    assert whole.status == "SUCCEEDED"
    for write in dict.fromkeys(tasks.kill.seen):
        server.asked.clear()
        run = journey(tasks, turns, check, doomed=[write]).run()
        assert run.status == "SUCCEEDED", write
        assert len({key for _, key, _ in tasks.effects.starts[run.execution_id]}) == 1, write
        assert words(run) == words(whole), write
        asked = [body["stage"] for _, _, body in server.asked]
        assert len(asked) == (4 if "#check" in write else 3), (write, asked)
