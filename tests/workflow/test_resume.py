"""What was paid stays paid: across a kill late in a long run, and across a limit that a person raises."""

import json
import threading
from collections import Counter

from tests.workflow.command_line import tollgate
from tests.workflow.running import ADMIN, REQUESTER, Run, World
from tests.workflow.script import Order, Turn, answer, call, propose

STEPS, KILLED_IN = 50, 47


def reads(count: int) -> list[Turn | list[Turn]]:
    """Each of an item of its own, so that nothing looks like a loop."""
    return [propose(call("fetch_item", item=f"item {number}")) for number in range(1, count + 1)]


def bodies(run: Run) -> Counter[str]:
    """Every request that the model's endpoint received, word for word."""
    return Counter(json.dumps(body, sort_keys=True) for _, body in run.script.requests)


def test_run_killed_in_step_47_of_50_repeats_none_of_the_46_before(world: World) -> None:
    """SIGKILL in the model call of step 47: that call is made again, no other one, and no tool runs twice."""
    hold = threading.Event()
    turns = reads(STEPS - 1)
    turns[KILLED_IN - 1] = [
        propose(call("fetch_item", item="late"), hold=hold),
        propose(call("fetch_item", item="late")),
    ]
    run = world.run([*turns, answer()], agent="enduring")
    run.until(lambda run: KILLED_IN in run.script.per_step, "step 47 asks the model", seconds=120)
    assert world.kill_function("task-reason") >= 1
    run.completed(seconds=60)
    hold.set()
    assert run.script.per_step == {step: 2 if step == KILLED_IN else 1 for step in range(1, STEPS + 1)}
    assert len(run.script.starts("fetch_item")) == len(run.script.keys("fetch_item")) == STEPS - 1


def test_user_sees_what_a_limit_left_undone_raises_it_and_goes_on(world: World) -> None:
    """`show`, `budget set`, `redrive`: the run completes and no request of it reached the model twice."""
    first = propose(call("fetch_item"), call("fetch_slow"), tokens=(11_000, 10))
    run = world.run(
        [first, propose(call("write_keyed")), answer()], agent="few_tokens", fetch_slow=[Order("fail", "no")]
    )
    run.ended()
    shown = tollgate(world, REQUESTER, "show", run.execution_id)
    assert shown.returncode == 0, shown.stderr
    assert "the token limit was reached" in shown.stdout
    assert "Done: fetch_item" in shown.stdout
    assert "Not done: fetch_slow" in shown.stdout
    assert "11,010 of 12,000 tokens" in shown.stdout

    scope = f"execution:{run.execution_id}"
    assert tollgate(world, REQUESTER, "budget", "set", scope, "--tokens", "100000").returncode == 1
    assert tollgate(world, ADMIN, "budget", "set", scope, "--tokens", "100000").returncode == 0
    redriven = tollgate(world, REQUESTER, "redrive", run.execution_id)
    assert redriven.returncode == 0, redriven.stderr
    followed = tollgate(world, REQUESTER, "watch", run.execution_id)
    assert followed.returncode == 0, followed.stdout + followed.stderr
    run.completed()
    assert run.script.per_step == {1: 1, 2: 1, 3: 1}
    assert set(bodies(run).values()) == {1}
    assert {tool: len(run.script.starts(tool)) for tool in ("fetch_item", "fetch_slow", "write_keyed")} == {
        "fetch_item": 1, "fetch_slow": 1, "write_keyed": 1,
    }  # fmt: skip


def test_steps_and_time_can_be_raised_too(world: World) -> None:
    """A redrive after the step limit would end there again at once; an admin gives it more steps."""
    run = world.run([*reads(2), answer()], agent="few_steps")
    assert run.ended()["reason"] == "steps"
    scope = f"execution:{run.execution_id}"
    more = ("--steps", "5", "--active-seconds", "1200", "--deadline-seconds", "4000")
    raised = tollgate(world, ADMIN, "budget", "set", scope, *more)
    assert raised.returncode == 0, raised.stderr
    limits = run.view()["limits"]
    assert (limits["steps"], limits["active_seconds"], limits["deadline_seconds"]) == (5, 1200, 4000)
    assert run.act("redrive").status == 202
    run.completed()
    assert run.script.per_step == {1: 1, 2: 1, 3: 1}


def test_cost_sums_by_outcome_and_replay_re_reads_for_nothing(world: World) -> None:
    """`cost` counts what was paid; `replay --from-step 2` pays from step 2 on and says where it goes."""
    run = world.run([propose(call("fetch_item")), answer()], agent="enduring")
    run.completed()
    before = _cost(world)
    replayed = tollgate(world, REQUESTER, "replay", run.execution_id, "--from-step", "2", "--wait", "--json")
    assert replayed.returncode == 0, replayed.stderr
    assert json.loads(replayed.stdout)["outcome"] == "completed"
    assert run.script.per_step == {1: 1, 2: 2}
    after = _cost(world)
    assert (after["executions"] - before["executions"], after["tokens"] - before["tokens"]) == (1, 120)
    told = tollgate(world, REQUESTER, "cost", "enduring")
    assert "completed" in told.stdout
    assert "all" in told.stdout
    wrong = tollgate(world, REQUESTER, "replay", run.execution_id, "--from-step", "9")
    assert wrong.returncode == 2
    assert "from 1 to 3" in wrong.stderr


def _cost(world: World) -> dict[str, int]:
    found: dict[str, int] = json.loads(tollgate(world, REQUESTER, "cost", "enduring", "--json").stdout)["all"]
    return found
