"""Replays on the real machine: paid steps are re-read, effects are disabled, and live ones ask."""

from tests.workflow.running import APPROVER, Run, World
from tests.workflow.script import answer, call, propose


def replay(run: Run, from_step: int, **more: bool) -> Run:
    """The replay of a run, with the same script behind it."""
    body = {"replay": {"execution_id": run.execution_id, "from_step": from_step, **more}}
    started = run.world.send(run.who, "POST", "/v1/executions", body)
    assert started.status == 202, started.body
    return Run(run.world, run.script, started.body["execution_id"], run.who)


def test_a_replay_asks_the_model_from_its_step_on_and_its_effects_are_disabled(world: World) -> None:
    """Step 1 is re-read at no cost, the write of step 2 is refused in words, and the first run stays as it was."""
    run = world.run([propose(call("fetch_item")), propose(call("write_keyed")), answer()])
    first = run.completed()
    again = replay(run, 2)
    view = again.completed()
    assert run.script.per_step == {1: 1, 2: 2, 3: 2}
    assert len(run.script.starts("fetch_item")) == len(run.script.starts("write_keyed")) == 1
    assert "disabled in replay" in run.script.told(3)
    assert (first["spend"]["tokens"], view["spend"]["tokens"], view["step"]) == (360, 240, 3)
    assert again.trace("replay")[0]["body"] == {
        "of": run.execution_id, "from_step": 2, "live": False, "records": 2,
    }  # fmt: skip


def test_a_live_replay_asks_for_an_effect_that_the_waiver_let_run(world: World) -> None:
    """The first run needed nobody; the live replay waits for a person and then runs with a key of its own."""
    run = world.run([propose(call("write_keyed")), answer()])
    run.completed()
    again = replay(run, 1, live=True)
    approval = again.asked()[0]
    assert "replay" in [reason["rule"] for reason in approval["reasons"]]
    assert again.decide(approval, "approve", who=APPROVER).status == 200
    again.completed()
    keys = {start.key for start in run.script.starts("write_keyed")}
    assert len(keys) == len(run.script.starts("write_keyed")) == 2


def test_a_replay_past_the_last_finished_step_is_refused_with_the_steps_there_are(world: World) -> None:
    """Steps that never were cannot be re-read; another tenant's execution is as unknown as none."""
    run = world.run([answer()])
    run.completed()
    body = {"replay": {"execution_id": run.execution_id, "from_step": 3}}
    refused = world.send(run.who, "POST", "/v1/executions", body)
    assert (refused.status, refused.body["violations"][0]["pointer"]) == (422, "/replay/from_step")
    assert "from 1 to 2" in refused.body["violations"][0]["message"]
    stranger = {**run.who, "tenant": "south"}
    assert world.send(stranger, "POST", "/v1/executions", body).status == 404
