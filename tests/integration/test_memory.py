"""Memory over whole executions: an episode each, recalled by its own tenant alone, as text that vouches for nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tollgate.memory.recall import RECORD
from tollgate.memory.remember import remember
from tollgate.models.execution import Replay
from tollgate.models.principal import Principal
from tollgate.store.memory import Memory

from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]

DONE = '{"status": "done"}'
_numbers = iter(range(10_000))


@pytest.fixture(autouse=True)
def keen(tasks: TaskWorld) -> Iterator[None]:
    """An agent of its own per test, that recalls two."""
    plain = tasks.registry
    worker = plain.agents["worker"]
    agents = {
        name: worker.model_copy(
            update={
                "definition": worker.definition.model_copy(
                    update={"name": name, "memory": worker.definition.memory.model_copy(update={"episodes": 2})}
                )
            }
        )
        for name in (f"keen{next(_numbers)}", f"other{next(_numbers)}")
    }
    tasks.registry = plain.model_copy(update={"agents": plain.agents | agents})
    yield
    tasks.registry = plain


def agent_of(tasks: TaskWorld) -> str:
    return next(name for name in tasks.registry.agents if name.startswith("keen"))


def run(tasks: TaskWorld, *turns: Any, agent: str = "", tenant: str = "north", task: str, **more: Any) -> Journey:
    """One execution to its end, a second later than the last."""
    tasks.clock.at += 1
    who = Principal(id="rita", tenant=tenant, kind="person")
    return tasks.journey([*turns, DONE], agent=agent or agent_of(tasks), principal=who, **asking(task), **more).run()


def asking(task: str) -> dict[str, Any]:
    return {"input": {"task": task, "paper": "a document"}}


def recalled(tasks: TaskWorld, journey: Journey) -> list[str]:
    """The executions that it recalled, in order."""
    record = tasks.stores.journal.read(journey.execution_id, RECORD)
    assert record is not None
    return [found["episode"]["execution_id"] for found in record.body["recalled"]]


def first_message(tasks: TaskWorld, journey: Journey, step: int = 1) -> str:
    content = tasks.model.requests[journey.execution_id][step - 1].messages[0].content
    return "\n".join(getattr(block, "text", "") for block in content)


def test_a_completed_execution_is_an_example_to_the_next_one_like_it(tasks: TaskWorld) -> None:
    """Its request, calls and answer stand behind the new request, labelled; the trace says what was recalled."""
    first = run(tasks, [("fetch", {"item": "parcel-17"})], task="Look for parcel-17.")
    second = run(tasks, task="Look for parcel-18.")
    assert recalled(tasks, second) == [first.execution_id]
    text = first_message(tasks, second)
    assert '<earlier_example origin="untrusted">' in text
    assert '- fetch({"item": "parcel-17"}) ok' in text
    assert text.index("parcel-18") < text.index("parcel-17")
    assert "earlier_example" not in first_message(tasks, first)
    outcome = [record for record in tasks.stores.journal.of_execution(first.execution_id) if record.kind == "outcome"]
    assert outcome[0].body["memory_id"].startswith(f"{agent_of(tasks)}:")


def test_the_most_similar_are_recalled_and_no_more_than_the_agent_says(tasks: TaskWorld) -> None:
    """Two of four; the newer of equals first; another agent's never."""
    run(tasks, task="Count the stock in hall four.")
    older = run(tasks, task="Send crate blue to Oslo.")
    newer = run(tasks, task="Send crate blue to Oslo.")
    other = next(name for name in tasks.registry.agents if name.startswith("other"))
    run(tasks, agent=other, task="Send crate blue to Oslo.")
    last = run(tasks, task="Send crate blue to Bergen.")
    assert recalled(tasks, last) == [newer.execution_id, older.execution_id]


def test_another_tenants_executions_are_never_recalled(tasks: TaskWorld) -> None:
    """The same agent and the very same words."""
    run(tasks, tenant="south", task="Send crate red to Rome.")
    assert recalled(tasks, run(tasks, task="Send crate red to Rome.")) == []


def test_every_step_reads_the_examples_that_the_first_one_found(tasks: TaskWorld) -> None:
    """What others finish meanwhile changes nothing: a retry or redrive builds the same prompt."""
    run(tasks, task="Paint wall one.")
    tasks.clock.at += 1
    journey = tasks.journey([[("write_asked", {"item": "parcel-17"})], DONE], agent=agent_of(tasks))
    journey.run(decide=lambda *_: None)
    run(tasks, task="Write parcel-17.")
    journey.run()
    assert journey.status == "SUCCEEDED"
    assert first_message(tasks, journey, 1) == first_message(tasks, journey, 2)
    assert len(recalled(tasks, journey)) == 1


def test_what_memory_returns_never_vouches_for_an_argument(tasks: TaskWorld) -> None:
    """The value was an instruction once, in another request; in this one it asks a person."""
    vouched = run(tasks, [("write_auto", {"item": "parcel-17"})], task="Write parcel-17.")
    assert len(tasks.effects.starts[vouched.execution_id]) == 1
    assert not tasks.stores.approvals.of_execution(vouched.execution_id)
    tasks.clock.at += 1
    again = run(tasks, [("write_auto", {"item": "parcel-17"})], task="Write what was written last time.")
    assert "parcel-17" in first_message(tasks, again)
    asked = tasks.stores.approvals.of_execution(again.execution_id)
    assert [reason.rule for reason in asked[0].reasons if reason.rule.startswith("origin")]


@pytest.mark.parametrize("place", ["memory_id", "outcome"])
def test_a_retried_last_task_leaves_one_episode(tasks: TaskWorld, place: str) -> None:
    """Cut off before the episode is written, and between it and the outcome's record."""
    seen = run(tasks, task="Weigh the crate.")
    doomed = [write for write in tasks.kill.seen if "PutItem" in write][-1 if place == "outcome" else -2]
    assert ("outcome" in doomed) == (place == "outcome")
    again = run(tasks, task="Weigh the crate.", doomed=[doomed])
    assert tasks.kill.killed == [doomed]
    known = tasks.stores.memory.newest("north", agent_of(tasks), 50)
    assert [one.execution_id for one in known] == [again.execution_id, seen.execution_id]


def test_a_flagged_request_a_replay_and_a_failed_one_leave_nothing(tasks: TaskWorld) -> None:
    """What may be an attack, what repeats another, and what did not come to an end, is no example."""
    journey = run(tasks, [("fetch", {"item": "a"})], task="Fetch a.")
    agent = tasks.registry.agent(agent_of(tasks)).definition
    tasks.stores.memory.forget("north", tasks.stores.memory.newest("north", agent.name, 1)[0].memory_id)
    for change in ({"untrusted": True}, {"replay": Replay(of="exe-1", from_step=1)}):
        assert remember(tasks.stores, agent, journey.execution.model_copy(update=change), [], {}) == {}
    tasks.clock.at += 1
    assert tasks.journey(["nonsense", "nonsense"], agent=agent.name).run().status == "FAILED"
    assert tasks.stores.memory.newest("north", agent.name, 50) == []


def test_personal_fields_are_masked_in_what_is_kept(tasks: TaskWorld) -> None:
    """By value: in the request, where a call repeats it, and in the answer."""
    name = agent_of(tasks)
    entry = tasks.registry.agents[name]
    definition = entry.definition.model_copy(update={"personal_fields": ["/paper"]})
    masked = entry.model_copy(update={"definition": definition})
    tasks.registry = tasks.registry.model_copy(update={"agents": tasks.registry.agents | {name: masked}})
    tasks.clock.at += 1
    given = {"task": "Write to the person.", "paper": "Wilhelmina Brandt"}
    answer = '{"status": "told Wilhelmina Brandt"}'
    tasks.journey([[("fetch", {"item": "Wilhelmina Brandt"})], answer], agent=name, input=given).run()
    kept = tasks.stores.memory.newest("north", name, 1)[0].model_dump_json()
    assert "Wilhelmina" not in kept
    assert kept.count("personal field /paper") == 3


def test_what_has_expired_is_not_recalled_though_the_table_still_has_it(tasks: TaskWorld) -> None:
    """DynamoDB removes it within days; nobody reads it until then."""
    run(tasks, task="Fold the map.")
    known = tasks.stores.memory.newest("north", agent_of(tasks), 1)[0]
    before, tasks.clock.at = tasks.clock.at, known.expires_at + 1
    late = run(tasks, task="Fold the map.")
    assert recalled(tasks, late) == []
    tasks.clock.at = before


def test_a_memory_that_does_not_answer_stops_nothing_and_the_trace_says_so(
    tasks: TaskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recall is no check: the execution goes on without examples, and completes without leaving one."""

    def down(*_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "busy"}}, "Query")

    with monkeypatch.context() as patch:
        patch.setattr(Memory, "newest", down)
        patch.setattr(Memory, "add", down)
        journey = run(tasks, task="Sweep the hall.")
    assert journey.status == "SUCCEEDED"
    records = {record.kind: record.body for record in tasks.stores.journal.of_execution(journey.execution_id)}
    assert records["recall"] == {"looked_at": 0, "recalled": [], "error": "ClientError: memory could not be read"}
    assert records["outcome"]["memory_error"] == "ClientError: the episode could not be written"


def test_an_agent_without_memory_touches_the_table_never(tasks: TaskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither read nor write, and no record of a recall."""
    monkeypatch.setattr(type(tasks.stores), "memory", property(lambda _: 1 / 0))
    journey = run(tasks, agent="worker", task="Write parcel-17.")
    assert journey.status == "SUCCEEDED"
    assert tasks.stores.journal.read(journey.execution_id, RECORD) is None
