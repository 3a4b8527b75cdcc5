"""Every part of a fingerprint, changed between the approval and the effect: the effect does not start.

The rows are held against the fingerprint's own parameters, so that a new part without a row is red.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from tollgate.canonical import fingerprint
from tollgate.errors import CallRefusedError
from tollgate.models.call import CallState

from tests.integration.tool_world import CALLS, Held, Scripted, ToolWorld, manifest, tools

__all__ = ["tools"]

PARTS = list(inspect.signature(fingerprint).parameters)
FOREVER = 4_102_444_800
Forge = Callable[[Held, dict[str, Any]], Held]
"""Changes the item behind the ledger's back, and returns where the wrapper then finds it."""


def _write(item: dict[str, Any]) -> None:
    boto3.client("dynamodb").put_item(TableName=CALLS, Item=item)


def _in_the_document(item: dict[str, Any], **changes: Any) -> None:
    document = json.loads(item["document"]["S"])
    _write(item | {"document": {"S": json.dumps(document | changes)}})


def another_tool(held: Held, item: dict[str, Any]) -> Held:
    """The approval of one tool carried over to another that takes the same arguments."""
    execution = held.call.execution_id
    _write(item | {"tool_execution": {"S": f"wipe#{execution}"}, "tool": {"S": "wipe"}})
    other = held.entry.model_copy(update={"manifest": manifest(name="wipe", effect="destructive")})
    return replace(held, entry=other, call=held.call.model_copy(update={"tool": "wipe"}))


def another_manifest(held: Held, item: dict[str, Any]) -> Held:
    """The tool was changed, and the item made to agree."""
    _write(item | {"manifest_digest": {"S": "sha256:new"}})
    return replace(held, entry=held.entry.model_copy(update={"digest": "sha256:new"}))


def another_tenant(held: Held, item: dict[str, Any]) -> Held:
    principal = held.call.principal.model_dump() | {"tenant": "globex"}
    _in_the_document(item, principal=principal)
    return held


def another_execution(held: Held, item: dict[str, Any]) -> Held:
    """An approval of one run used in another, where the model proposed the very same."""
    other = "exe-" + "f" * 32
    _write(item | {"tool_execution": {"S": f"{held.call.tool}#{other}"}, "execution_id": {"S": other}})
    return replace(held, call=held.call.model_copy(update={"execution_id": other}))


def another_place(held: Held, item: dict[str, Any]) -> Held:
    """The same call in a later step: one approval is for one call."""
    _write(item | {"step_call": {"S": "000007#c0"}, "step": {"N": "7"}})
    return replace(held, call=held.call.model_copy(update={"step": 7}))


def another_argument(held: Held, item: dict[str, Any]) -> Held:
    _in_the_document(item, arguments={"item": "a", "amount": 10})
    return held


def another_expiry(held: Held, item: dict[str, Any]) -> Held:
    """A yes that was given until tonight, kept for next year."""
    _write(item | {"expires_at": {"N": str(FOREVER + 1)}})
    return held


ROWS: dict[str, Forge] = {
    "tool": another_tool,
    "manifest_digest": another_manifest,
    "tenant": another_tenant,
    "execution_id": another_execution,
    "call_key": another_place,
    "arguments": another_argument,
    "expires_at": another_expiry,
}


def approved(tools: ToolWorld) -> tuple[Held, dict[str, Any]]:
    """A call that a person let through, and its item as it lies in the table."""
    held = tools.cleared(
        manifest(effect="write"), state=CallState.APPROVED, expires_at=FOREVER, arguments={"item": "a", "amount": 1}
    )
    key = {
        "tool_execution": {"S": f"{held.call.tool}#{held.call.execution_id}"},
        "step_call": {"S": f"{held.call.step:06d}#{held.call.call_id}"},
    }
    return held, boto3.client("dynamodb").get_item(TableName=CALLS, Key=key)["Item"]


def test_what_was_approved_runs(tools: ToolWorld) -> None:
    """Unchanged, it does; else every row below would prove nothing."""
    held, item = approved(tools)
    _write(item)
    runner = Scripted(["done"])
    assert held.run(runner)["status"] == "ok"
    assert runner.arguments == [{"item": "a", "amount": 1}]


@pytest.mark.parametrize("part", PARTS)
def test_any_other_than_what_was_approved_does_not(tools: ToolWorld, part: str) -> None:
    """Part by part: refused, the effect not started, and the error says which fingerprint was expected."""
    held, item = approved(tools)
    forged = ROWS[part](held, item)
    runner = Scripted(["done"])
    with pytest.raises(CallRefusedError, match="not the one that was cleared"):
        forged.run(runner)
    assert runner.seen == []


def test_the_round_is_part_of_the_place(tools: ToolWorld) -> None:
    """An answer to an earlier round of the same call is no answer to the later one."""
    held, item = approved(tools)
    _write(item | {"round": {"N": "1"}})
    with pytest.raises(CallRefusedError, match="not the one that was cleared"):
        held.run(Scripted(["done"]))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_changes_the_fingerprint(part: str) -> None:
    """A part that the digest ignored could be changed unseen."""
    base: dict[str, Any] = {name: f"x-{name}" for name in PARTS} | {"arguments": {"item": "a"}, "expires_at": 1}
    other = base | {part: {"item": "b"} if part == "arguments" else 2 if part == "expires_at" else "another"}
    assert fingerprint(**base) != fingerprint(**other)
