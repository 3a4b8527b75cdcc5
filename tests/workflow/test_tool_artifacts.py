"""A result that was shown cut, and the model that asks for more of it: on the real machine, redriven and replayed."""

import json
from typing import Any

from tests.workflow.running import Run, World
from tests.workflow.script import Order, answer, call, propose

ROWS = [{"id": number, "text": f"row {number} " * 4} for number in range(400)]
LARGE = [Order(value={"rows": ROWS})]


def more(artifact: str = "1-c0", **arguments: Any) -> dict[str, Any]:
    return call("read_artifact", {"artifact": artifact, **arguments})


def offered(run: Run, step: int) -> list[str]:
    """The tools that the model could choose from."""
    body = next(body for asked, body in run.script.requests if asked == step)
    return [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]]


def read(run: Run, step: int) -> dict[str, Any]:
    """The answer of `read_artifact` that the model had read before it answered `step`."""
    found: dict[str, Any] = json.loads(run.script.told(step).splitlines()[0])
    return found


def test_model_reads_on_in_a_result_that_was_shown_cut(world: World) -> None:
    """The cut says how; the tool is there from the next step on, runs unasked, and gives exactly the part."""
    run = world.run(
        [propose(call("fetch_item")), propose(more(pointer="/rows", offset=200, limit=3)), answer()], fetch_item=LARGE
    )
    run.completed()
    assert 'the whole is artifact 1-c0: read_artifact {"artifact": "1-c0"} reads any part of it' in run.script.told(2)
    assert offered(run, 2) == [*offered(run, 1), "read_artifact"]
    assert read(run, 3)["part"] == ROWS[200:203]
    assert (read(run, 3)["total"], read(run, 3)["next_offset"]) == (400, 203)
    assert run.trace("approval_requested") == []


def test_agent_whose_results_are_small_keeps_its_own_tools(world: World) -> None:
    """No cut result: the tool is not offered, and proposing it is an unknown name like another."""
    run = world.run([propose(call("fetch_item")), propose(more()), answer()])
    run.completed()
    assert offered(run, 3) == offered(run, 1)
    assert json.loads(run.script.told(3))["message"].startswith('There is no tool "read_artifact".')


def test_artifact_that_is_not_there_is_told_with_those_that_are(world: World) -> None:
    """Neither an invented id nor an object's key leads anywhere."""
    keys = [more("9-c9"), more("results/fetch_item/exe-0/1-c0.json"), more(pointer="/row")]
    run = world.run([propose(call("fetch_item")), propose(*keys), answer()], fetch_item=LARGE)
    run.completed()
    assert run.script.told(3).count("this execution has: 1-c0") == 2
    assert 'the top is an object with the keys [\\"rows\\"]' in run.script.told(3)


def test_artifact_of_another_execution_is_unknown(world: World) -> None:
    """An id means the own execution's, whatever another one has under it."""
    first = world.run([propose(call("fetch_item")), answer()], fetch_item=LARGE)
    first.completed()
    own = [Order(value="small"), Order(value=["other"] * 2_000)]
    turns = [propose(call("fetch_item")), propose(call("fetch_item", note="2")), propose(more("1-c0")), answer()]
    second = world.run(turns, fetch_item=own)
    second.completed()
    assert "this execution has: 2-c0" in second.script.told(4)


def test_value_that_was_read_on_vouches_for_no_effect(world: World) -> None:
    """A waived write asks when its item stands nowhere but in what the tools returned."""
    hidden = [{"id": n, "text": "x" * 60} for n in range(200)] + [{"id": "parcel-99"}]
    turns = [
        propose(call("fetch_item")),
        propose(more(offset=200)),
        propose(call("write_keyed", {"item": "parcel-99", "hook": "@hook"})),
        answer(),
    ]
    run = world.run(turns, fetch_item=[Order(value=hidden)])
    (approval,) = run.asked()
    assert "parcel-99" in run.script.told(3)
    assert "origin" in [reason["rule"] for reason in approval["reasons"]]
    assert run.decide(approval, "reject").status == 200
    run.completed()


def test_reading_page_after_page_is_no_loop(world: World) -> None:
    """Parts differ, so nothing is stale; the very same part again is noted like any repeated read."""
    pages = [propose(more(pointer="/rows", offset=offset, limit=2)) for offset in (0, 2, 4, 4)]
    run = world.run([propose(call("fetch_item")), *pages, answer()], fetch_item=LARGE)
    run.completed()
    assert [read(run, step)["part"] for step in (3, 4, 5)] == [ROWS[0:2], ROWS[2:4], ROWS[4:6]]
    assert "brings nothing new" in run.script.told(6)
    assert "brings nothing new" not in run.script.told(5)


def test_artifact_is_there_after_a_redrive(world: World) -> None:
    """The redriven execution is the same one: the id means what it meant."""
    failing = [propose(call("fetch_item", note=word)) for word in ("two", "three")]
    turns = [propose(call("fetch_item")), *failing, propose(more(pointer="/rows/5")), answer()]
    broken = Order("fail", "broken")
    run = world.run(turns, agent="few_failures", fetch_item=[*LARGE, broken, broken])
    assert run.ended()["reason"] == "tool_failures"
    assert run.act("redrive").status == 202
    run.completed()
    assert "row 5" in run.script.told(5)


def test_artifact_is_there_in_a_replay(world: World) -> None:
    """The replayed steps' artifacts are copies under the new execution: it stands alone."""
    run = world.run([propose(call("fetch_item")), propose(more(pointer="/rows/7")), answer()], fetch_item=LARGE)
    run.completed()
    body = {"replay": {"execution_id": run.execution_id, "from_step": 2}}
    started = world.send(run.who, "POST", "/v1/executions", body)
    again = Run(world, run.script, started.body["execution_id"], run.who)
    again.completed()
    copied = next(item["body"]["artifact"] for item in again.trace("result"))
    assert f"/{again.execution_id}/" in copied
    assert len(run.script.starts("fetch_item")) == 1
    assert "row 7" in run.script.told(3)
    assert again.call("read_artifact", 2)["state"] == "DONE"
