"""An edited call asks for the true reason, vouches for nothing that was not edited, and slips through no other door."""

from dataclasses import replace
from typing import Any

import pytest
from tollgate.definitions.registry import Registry
from tollgate.models.agent import ApprovalRule
from tollgate.models.call import Call, CallState

from tests.integration.task_world import Journey, TaskWorld, registry, retold, tasks

__all__ = ["tasks"]

DONE = '{"status": "done"}'
EDIT = {"from": "edit", "name": "approver", "trusted": True}
STALE = "an approver edited this call under another policy or manifest of write_auto, so it is asked anew"
OPEN = "an approver edited this call, and nobody has said yes to what they made of it"
WAITS = "an approver edited this call, which made it a new one: 2 people must agree to it"


def with_rules(found: Registry, *rules: ApprovalRule, quorum: int = 1) -> Registry:
    entry = found.agent("worker")
    approvals = entry.definition.approvals.model_copy(update={"rules": list(rules), "quorum": quorum})
    changed = entry.model_copy(update={"definition": entry.definition.model_copy(update={"approvals": approvals})})
    return found.model_copy(update={"agents": found.agents | {"worker": changed}})


ABOVE_FIVE = ApprovalRule(tool="write_auto", above={"item": 5}, quorum=2)


def two_sinks() -> Registry:
    """`write_auto` runs on a waiver alone, once both of its sinks are vouched for."""
    auto = retold(registry().tools["write_auto"], "sha256:policy", sinks=[["item"], ["note"]])
    return with_rules(registry(write_auto=auto), ABOVE_FIVE)


@pytest.fixture
def world(tasks: TaskWorld) -> TaskWorld:
    return replace(tasks, registry=two_sinks())


def asked(world: TaskWorld, arguments: dict[str, Any]) -> Journey:
    """An execution at the gate of one `write_auto`."""
    journey = world.journey([[("write_auto", arguments)], DONE])
    journey.world = world
    while journey.at[0] != "AwaitApprovals":
        journey._step(lambda *_: None)
    return journey


def edited(journey: Journey, arguments: dict[str, Any], registry: Registry | None = None) -> Call:
    """The call after the edit and its screening, under other definitions if there are any."""
    journey._step(lambda *_: {"kind": "edit", "arguments": arguments})
    return screened(journey, registry)


def screened(journey: Journey, registry: Registry | None = None) -> Call:
    journey.world = replace(journey.world, registry=registry or journey.world.registry)
    journey.at = ("ScreenProposal", {"step": 1})
    journey._step(lambda *_: None)
    found = journey.world.stores.calls.get("write_auto", journey.execution_id, 1, "c0")
    assert found is not None
    return found


def told(call: Call) -> dict[str, str]:
    return {reason.rule: reason.message for reason in call.reasons}


def test_an_edit_across_a_threshold_asks_because_of_it(world: TaskWorld) -> None:
    """The next card says who set the value, that its bound wants two people, and nothing against the value."""
    found = edited(asked(world, {"item": "4"}), {"item": "9"})
    assert (found.state, found.round, found.arguments) == (CallState.ASKED, 1, {"item": "9"})
    assert told(found) == {"edited_call": f"{WAITS} (for item above 5)"}
    assert found.origins == {"/item": EDIT}


def test_an_edit_below_every_threshold_runs(world: TaskWorld) -> None:
    """One person was enough, and it was they who wrote it."""
    found = edited(asked(world, {"item": "4"}), {"item": "3"})
    assert (found.state, found.edited_by) == (CallState.CLEARED, "alma")


def test_an_edit_that_leaves_a_poisoned_sink_still_tells_of_it(world: TaskWorld) -> None:
    """Whoever raised the one value has not looked the other one up."""
    found = edited(asked(world, {"item": "4", "note": "parcel-666"}), {"item": "9", "note": "parcel-666"})
    assert found.state == CallState.ASKED
    assert told(found)["origin"] == "write_auto: neither the request nor a trusted lookup names /note"
    assert found.origins["/item"] == EDIT
    assert found.origins["/note"]["trusted"] is False


def test_a_quorum_of_the_agent_names_no_bound(tasks: TaskWorld) -> None:
    """Where every call needs two people, no argument made it so."""
    found = edited(asked(replace(tasks, registry=with_rules(registry(), quorum=2)), {"item": "4"}), {"item": "3"})
    assert told(found) == {"edited_call": WAITS}


def test_a_stale_edit_is_asked_anew_whatever_the_rules_say(world: TaskWorld) -> None:
    """What a person set satisfies the rule of origins, but not under a policy that they never saw."""
    auto = retold(world.registry.tools["write_auto"], "sha256:other")
    found = edited(asked(world, {"item": "4"}), {"item": "3"}, with_rules(registry(write_auto=auto)))
    assert (found.state, told(found)) == (CallState.ASKED, {"edited_call": STALE})
    assert found.origins == {"/item": EDIT}
    again = screened(*_with(found, world, "sha256:third"))
    assert (again.state, again.round, told(again)) == (CallState.ASKED, 2, {"edited_call": STALE})


def _with(call: Call, world: TaskWorld, policy: str) -> tuple[Journey, Registry]:
    journey = world.machine.journeys[call.execution_id]
    auto = retold(world.registry.tools["write_auto"], policy)
    return journey, with_rules(registry(write_auto=auto))


def test_an_edited_call_that_waits_for_a_quorum_waits_on_after_another_screening(world: TaskWorld) -> None:
    """A retried task, and a redrive after a stop, find the question open and open it again."""
    journey = asked(world, {"item": "4"})
    first = edited(journey, {"item": "9"})
    assert screened(journey).fingerprint == first.fingerprint
    journey._step(lambda *_: None)
    journey.stop()
    journey.redrive()
    found = screened(journey)
    assert (found.state, found.arguments) == (CallState.ASKED, {"item": "9"})
    assert told(found) == {"edited_call": OPEN}
    assert found.origins == {"/item": EDIT}


def test_a_second_edit_that_puts_the_models_value_back_gives_it_back_to_the_model(world: TaskWorld) -> None:
    """It is compared with what the model proposed, over every round."""
    journey = asked(world, {"item": "4", "note": "parcel-666"})
    edited(journey, {"item": "9", "note": "parcel-17"})
    found = edited(journey, {"item": "8", "note": "parcel-666"})
    assert (found.state, found.origins["/item"]) == (CallState.ASKED, EDIT)
    assert "/note" in told(found)["origin"]
