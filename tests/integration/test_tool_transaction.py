"""A tool that writes its effect and the record of its call in one transaction: both or neither, and never twice."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tollgate.errors import CallRefusedError, CallUnfinishedError, ToolTransientError
from tollgate.models.call import CallResult, CallState
from tollgate.store import artifacts, dynamodb
from tollgate.tool_runtime.tool_call import ToolCall

from tests.integration.tool_world import Held, Scripted, ToolWorld, manifest, tools

__all__ = ["tools"]

EFFECTS = "tool-world-effects"
_numbers = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _effects(tools: ToolWorld) -> None:
    boto3.client("dynamodb").create_table(
        TableName=EFFECTS,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "call", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "call", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
    )


@pytest.fixture
def wire() -> Iterator[list[str]]:
    """The names of the requests of this process, in order."""
    sent: list[str] = []
    clients = (dynamodb.client(), artifacts._client())
    for service in clients:
        service.meta.events.register("before-call", lambda model, **_: sent.append(model.name), unique_id="wire")
    yield sent
    for service in clients:
        service.meta.events.unregister("before-call", unique_id="wire")


def paying(on_retry: str = "keyed", **fields: Any) -> Any:
    return manifest(name="pay", effect="write", sinks=[["item"]], on_retry=on_retry, **fields)


def commit(call: ToolCall, result: Any) -> None:
    """The effect, with nothing to tell one from the next, and the record."""
    put = {
        "TableName": EFFECTS,
        "Item": {"call": {"S": call.execution_id}, "number": {"N": str(next(_numbers))}},
    }
    entries: Any = [{"Put": put}, call.done_in_transaction(result)]
    dynamodb.client().transact_write_items(TransactItems=entries)


def effects(held: Held) -> int:
    found = dynamodb.Table(EFFECTS).query("#call = :id", {":id": held.call.execution_id}, names={"#call": "call"})
    return len(list(found))


def pays(result: Any, then: Callable[[], Any] = lambda: None) -> Callable[[ToolCall], Any]:
    """Commits, and then does what happens to a handler after that."""

    def work(call: ToolCall) -> Any:
        commit(call, result)
        return then()

    return work


def leave_recorded(held: Held) -> None:
    """The tables as a process leaves them that dies after its transaction."""
    started = held.leave_started()
    record = held.stores.calls.finish_request(started, "dead", CallResult(ok=True, value="first", text='"first"'))
    put: Any = {"TableName": EFFECTS, "Item": {"call": {"S": held.call.execution_id}, "number": {"N": "0"}}}
    entries: Any = [{"Put": put}, {"Update": record}]
    dynamodb.client().transact_write_items(TransactItems=entries)


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_effect_and_record_are_one_write_and_the_wrapper_adds_none(tools: ToolWorld, wire: list[str]) -> None:
    """One transaction after STARTED, one look at the record; what was recorded is the result, whatever is returned."""
    held = tools.cleared(paying())
    wire.clear()
    assert held.run(Scripted([pays({"paid": 7})])) == {"id": "c0", "status": "ok"}
    assert wire == ["GetItem", "UpdateItem", "TransactWriteItems", "GetItem"]
    assert (effects(held), held.result.value, held.result.text) == (1, {"paid": 7}, '{"paid": 7}')


def test_large_result_is_in_the_bucket_before_the_transaction(tools: ToolWorld, wire: list[str]) -> None:
    """No item grows past its limit, and no record points at nothing."""
    held = tools.cleared(paying())
    held.run(Scripted([pays("x" * 200_000)]))
    assert wire.index("PutObject") < wire.index("TransactWriteItems")
    assert held.result.value == "x" * 200_000


def test_call_that_recorded_itself_does_not_run_again(tools: ToolWorld) -> None:
    """The process died right after its transaction: the next delivery answers with the recorded result."""
    held, second = tools.cleared(paying()), Scripted(["twice"])
    leave_recorded(held)
    assert held.run(second) == {"id": "c0", "status": "ok"}
    assert (second.seen, effects(held), held.result.value) == ([], 1, "first")


@pytest.mark.parametrize("on_retry", ["idempotent", "keyed", "never"])
@pytest.mark.parametrize(
    "error",
    [ToolTransientError("the answer was lost"), ValueError("a bug after the effect"), CallUnfinishedError("lost")],
    ids=lambda error: type(error).__name__,
)
def test_error_after_the_transaction_does_not_undo_it(tools: ToolWorld, on_retry: str, error: Exception) -> None:
    """What the handler raises after its record is there proves nothing: no second attempt, and the result is told."""
    held, runner = tools.cleared(paying(on_retry)), Scripted([pays("paid", raising(error))])
    held.run(runner)
    assert (len(runner.seen), effects(held)) == (1, 1)
    assert (held.result.ok, held.result.value) == (True, "paid")


@pytest.mark.parametrize("on_retry", ["keyed", "never"])
def test_timeout_after_the_transaction_does_not_undo_it(tools: ToolWorld, on_retry: str) -> None:
    """A handler that hangs after its record is cut off, and nobody is told that its effect is unknown."""
    held = tools.cleared(paying(on_retry, timeout_seconds=1))
    held.run(Scripted([pays("paid", lambda: time.sleep(20))]))
    assert (effects(held), held.result.ok, held.result.value) == (1, True, "paid")


def test_transaction_of_a_zombie_is_cancelled_as_a_whole(tools: ToolWorld) -> None:
    """Another attempt took the call meanwhile: neither effect nor record of the late one comes to be."""
    held = tools.cleared(paying())

    def lose_hold_then_pay(call: ToolCall) -> None:
        held.leave_started()
        commit(call, "the zombie's")

    with pytest.raises(CallRefusedError, match="its result is dropped"):
        held.run(Scripted([lose_hold_then_pay]))
    assert (effects(held), held.now.state) == (0, CallState.STARTED)


def test_transaction_of_a_zombie_leaves_the_other_ones_result(tools: ToolWorld) -> None:
    """The other attempt is done: its result is the answer, and its effect the only one."""
    held, first = tools.cleared(paying()), Scripted([])

    def be_overtaken_then_pay(call: ToolCall) -> None:
        taken = held.leave_started()
        held.stores.calls.finish(taken, "dead", CallResult(ok=True, value="the other's", text='"the other\'s"'))
        commit(call, "the zombie's")

    first.starts.append(be_overtaken_then_pay)
    assert held.run(first) == {"id": "c0", "status": "ok"}
    assert (effects(held), held.result.value) == (0, "the other's")


def test_cancelled_transaction_of_a_holder_is_a_failure_like_another(tools: ToolWorld) -> None:
    """The effect's own condition did not hold: nothing is recorded by it, so the wrapper records the error."""

    def refused(call: ToolCall) -> None:
        impossible = {
            "TableName": EFFECTS,
            "Item": {"call": {"S": call.execution_id}, "number": {"N": "0"}},
            "ConditionExpression": "attribute_exists(#call)",
            "ExpressionAttributeNames": {"#call": "call"},
        }
        entries: Any = [{"Put": impossible}, call.done_in_transaction("paid")]
        dynamodb.client().transact_write_items(TransactItems=entries)

    held = tools.cleared(paying())
    held.run(Scripted([refused]))
    assert (effects(held), held.result.ok) == (0, False)
    assert "ConditionalCheckFailed" in held.result.message


def test_record_that_was_never_written_leaves_the_wrapper_its_work(tools: ToolWorld) -> None:
    """A handler that asked for the entry and went another way is recorded as usual."""
    held = tools.cleared(paying())

    def thinks_better_of_it(call: ToolCall) -> str:
        call.done_in_transaction("paid")
        return "nothing to pay"

    held.run(Scripted([thinks_better_of_it]))
    assert (effects(held), held.result.value) == (0, "nothing to pay")


def test_result_that_is_no_json_stops_the_transaction(tools: ToolWorld) -> None:
    """The entry cannot be had, so the effect does not happen."""
    held = tools.cleared(paying())
    held.run(Scripted([pays(b"\xff")]))
    assert (effects(held), held.result.error) == (0, "ToolOutputError")


def test_record_names_the_call_and_nothing_else(tools: ToolWorld) -> None:
    """One update of the call's own item, on the condition that this attempt holds it."""
    held = tools.cleared(paying())
    seen: Any = []

    def look(call: ToolCall) -> None:
        seen.append(call.done_in_transaction("paid"))

    held.run(Scripted([look]))
    update = seen[0]["Update"]
    assert update["Key"]["tool_execution"] == {"S": f"pay#{held.call.execution_id}"}
    assert update["ConditionExpression"] == "#state = :started AND attempt_id = :attempt"
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.client().transact_write_items(TransactItems=seen)
