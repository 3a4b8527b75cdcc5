"""An execution begins once per key, and its record follows the machine, whoever looks first."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.workflow.running import REQUESTER, World, person
from tests.workflow.script import answer, call, propose


def test_same_key_and_body_start_one_execution(world: World) -> None:
    """Ten requests at once with one Idempotency-Key are one execution, told alike."""
    script = world.script([answer()])
    body = {"agent": "worker", "input": {"task": script.task}}

    def post(_: int) -> tuple[int, str]:
        sent = world.send(REQUESTER, "POST", "/v1/executions", body, Idempotency_Key=script.name)
        return sent.status, sent.body["execution_id"]

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(post, range(10)))
    assert {status for status, _ in answers} == {202}
    assert len(answers) == 1
    world.endpoint.until(lambda: script.requests, "the model is asked")
    assert script.per_step == {1: 1}


def test_same_key_with_another_body_is_refused_and_of_another_person_is_new(world: World) -> None:
    """422 for another body; the key of one principal means nothing to another."""
    script = world.script([answer()])
    run = world.start(script, Idempotency_Key=script.name)
    other = {"agent": "worker", "input": {"task": script.task + " and more"}}
    assert world.send(REQUESTER, "POST", "/v1/executions", other, Idempotency_Key=script.name).status == 422
    body = {"agent": "worker", "input": {"task": script.task}}
    hers = world.send(person("ruth"), "POST", "/v1/executions", body, Idempotency_Key=script.name)
    assert hers.status == 202
    assert hers.body["execution_id"] != run.execution_id
    run.completed()


@pytest.mark.parametrize("answers", [1, 2], ids=["completed", "limit_reached"])
def test_record_follows_the_status_event_unasked(world: World, answers: int) -> None:
    """Nobody reads the execution: the event alone sets the status."""
    run = world.run([answer()] if answers == 1 else [answer("no"), answer("no")])
    expected = {1: "SUCCEEDED", 2: "FAILED"}[answers]
    item = run.until(
        lambda run: (
            (found := world.item("executions", "execution_id", run.execution_id))["status"] != "RUNNING" and found
        ),
        "the record is settled",
    )
    assert item["status"] == expected
    assert "ended_at" in item


def test_record_follows_a_read_when_the_event_is_lost(world: World) -> None:
    """EventBridge is best effort: the first GET settles an execution whose event never came."""
    callbacks = world.stack._aws._feed._callbacks
    kept = list(callbacks)
    callbacks.clear()
    try:
        run = world.run([propose(call("write_gated")), answer()])
        (approval,) = run.asked()
        world.step_functions.stop_execution(executionArn=run.arn)
        assert world.item("executions", "execution_id", run.execution_id)["status"] == "RUNNING"
        view = run.view()
        assert (view["status"], view["outcome"], view["pending_approvals"]) == ("ABORTED", "stopped", [])
        assert run.decide(approval, "approve").status == 409
    finally:
        callbacks.extend(kept)
