"""A stop and a redrive do not lengthen a question's life: it ends when it would have, and the model is told."""

from typing import Any

from tests.integration.task_world import Journey, TaskWorld, tasks

__all__ = ["tasks"]

TURNS: list[Any] = [[("write_asked", {"item": "parcel-17"})], '{"status": "done"}']


def waiting(tasks: TaskWorld) -> Journey:
    """An execution that waits at its gate."""
    return tasks.journey(TURNS).run(lambda journey, approval: None)


def questions(journey: Journey) -> list[Any]:
    return journey.world.stores.approvals.of_execution(journey.execution_id)


def test_a_question_asked_again_after_a_redrive_ends_when_the_first_would_have(tasks: TaskWorld) -> None:
    """Half of its time has gone by: the second question has the other half, and a yes in it counts."""
    journey = waiting(tasks)
    (first,) = questions(journey)
    journey.stop()
    tasks.clock.at += (first.expires_at - first.created_at) / 2
    journey.redrive()
    journey.run(lambda journey, approval: None)
    (second,) = [question for question in questions(journey) if question.status == "pending"]
    assert second.approval_id != first.approval_id
    assert second.expires_at == first.expires_at
    journey.run()
    assert journey.status == "SUCCEEDED"
    assert [name for name, *_ in tasks.effects.starts[journey.execution_id]] == ["write_asked"]


def test_a_question_whose_time_is_over_is_not_asked_again(tasks: TaskWorld) -> None:
    """Redriven after its end: nobody is asked, nothing runs, and the model's next turn says that it expired."""
    journey = waiting(tasks)
    (first,) = questions(journey)
    journey.stop()
    tasks.clock.at = first.expires_at + 1.0
    journey.redrive()
    journey.run()
    assert journey.status == "SUCCEEDED"
    assert [question.status for question in questions(journey)] == ["revoked"]
    assert journey.execution_id not in tasks.effects.starts
    told = tasks.model.requests[journey.execution_id][-1].model_dump_json()
    assert "expired" in told
