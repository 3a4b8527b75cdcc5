"""`kill -9` around a tool's own transaction of effect and record: one effect, and no second run after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflow.running import Run, World
from tests.workflow.script import Order, Turn, answer, call, propose
from tests.workflow.writes import Cut, Moment, Write, Writes

EFFECTS = "tollgate-local-effects"
TURNS: list[Turn | list[Turn]] = [propose(call("write_keyed")), answer()]


@pytest.fixture(scope="module")
def writes(world: World) -> Iterator[Writes]:
    """Between the functions and their AWS, for this file, with a table for the effects."""
    world.dynamodb.create_table(
        TableName=EFFECTS,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "execution_id", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "execution_id", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
    )
    found = Writes(world.stack)
    yield found
    found.close()
    world.dynamodb.delete_table(TableName=EFFECTS)


def paid(world: World, writes: Writes, *cuts: Cut) -> Run:
    """A run whose tool pays in its own transaction."""
    script = world.script(TURNS, write_keyed=[Order("transact", {"paid": 7})])
    writes.watch(script.name, cuts)
    return world.start(script)


def effects(run: Run) -> int:
    found: dict[str, Any] = run.world.dynamodb.query(
        TableName=EFFECTS,
        KeyConditionExpression="execution_id = :id",
        ExpressionAttributeValues={":id": {"S": run.execution_id}},
    )
    return int(found["Count"])


def of_the_tool(writes: Writes, run: Run) -> list[Write]:
    return [write for write in writes.seen[run.execution_id] if write.task == "tool"]


def test_effect_and_record_of_a_calm_run_are_one_write(world: World, writes: Writes) -> None:
    """The tool's process writes twice: that it started, and its effect with its end."""
    run = paid(world, writes)
    run.completed()
    assert [write.what.split(" ")[0] for write in of_the_tool(writes, run)] == ["UpdateItem", "TransactWriteItems"]
    assert effects(run) == 1
    assert '{"paid": 7}' in run.script.told(2)


@pytest.mark.parametrize(("moment", "starts"), [("before", 2), ("after", 1)])
def test_process_killed_around_its_transaction_has_one_effect(
    world: World, writes: Writes, moment: Moment, starts: int
) -> None:
    """Before it: nothing had happened, and the call runs again. After it: the recorded result is told, nothing runs."""
    calm = paid(world, writes)
    calm.completed()
    transaction = next(write for write in of_the_tool(writes, calm) if write.what.startswith("Transact"))
    run = paid(world, writes, Cut(moment, transaction))
    run.completed()
    assert writes.killed[run.execution_id] == [Cut(moment, transaction)]
    assert (effects(run), len(run.script.started)) == (1, starts)
    assert '{"paid": 7}' in run.script.told(2)
    assert run.trace("approval_requested") == []
