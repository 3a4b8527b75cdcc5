"""Every limit ends an execution with its own reason and a summary; with room to go on, a redrive continues there."""

from typing import Any

import pytest

from tests.workflow.running import ADMIN, REQUESTER, Run, World
from tests.workflow.script import Order, Turn, answer, call, propose, throttled
from tests.workflow.slow import SlowRuns

READ = propose(call("fetch_item"))


def many(first: Turn = READ) -> list[Turn]:
    """Reads without end, each of another item."""
    return [first, *[propose(call("fetch_item", item=f"item {number}")) for number in range(200)]]


def limited(run: Run, reason: str) -> dict[str, Any]:
    """The end that every limit has in common."""
    view = run.ended(60)
    assert (view["status"], view["outcome"], view["reason"]) == ("FAILED", "limit_reached", reason), view
    assert view["summary"].startswith("Ended because")
    assert view["spend"]["reserved_tokens"] == 0
    assert set(run.script.per_step.values()) <= {1}
    return view


@pytest.mark.parametrize(
    ("agent", "first", "raised"),
    [
        ("few_tokens", propose(call("fetch_item"), tokens=(11_000, 10)), {"tokens": 100_000}),
        ("few_dollars", propose(call("fetch_item"), tokens=(10, 3_000)), {"usd": 3}),
    ],
    ids=["tokens", "usd"],
)
def test_budget_ends_the_run_and_a_raised_one_continues_it(
    world: World, agent: str, first: Turn, raised: dict[str, float]
) -> None:
    """No call starts past the cap; after PUT and redrive the run completes and no request is sent twice."""
    (name,) = raised
    run = world.run([first, READ, answer()], agent=agent)
    view = limited(run, name)
    assert view["spend"][name] <= view["limits"][name]
    assert "Done: fetch_item" in view["summary"]
    before = dict(run.script.per_step)
    assert world.send(REQUESTER, "PUT", f"/v1/budgets/execution:{run.execution_id}", raised).status == 403
    assert world.send(ADMIN, "PUT", f"/v1/budgets/execution:{run.execution_id}", raised).status == 200
    assert run.act("redrive").status == 202
    run.completed()
    assert run.script.per_step == {1: 1, 2: 1, 3: 1}
    assert before == {1: 1}
    assert len(run.script.started) == 2


def test_budget_that_was_not_raised_ends_a_redrive_again(world: World) -> None:
    """A redrive without room ends at the same limit, at no cost."""
    run = world.run(many(propose(call("fetch_item"), tokens=(11_000, 10))), agent="few_tokens")
    limited(run, "tokens")
    assert run.act("redrive").status == 202
    run.until(lambda run: len(run.trace("wind_down")) == 2, "ended twice")
    limited(run, "tokens")
    assert run.script.per_step == {1: 1}


def test_step_limit_warns_the_model_and_ends_the_run(world: World) -> None:
    """The last step's request says that it is the last; there is no step after it."""
    run = world.run(many(), agent="few_steps")
    limited(run, "steps")
    assert run.script.per_step == {1: 1, 2: 1}
    assert "one step left" in run.script.told(2)


def test_active_time_ends_a_run_that_never_concludes(world: World) -> None:
    """Work without end is ended by the clock of active time."""
    run = world.run(many(), agent="short_work")
    limited(run, "active_seconds")


def test_deadline_at_a_gate_ends_the_run(slow_runs: SlowRuns) -> None:
    """Waiting for a person counts against the deadline; the question expires and nothing runs."""
    run = slow_runs.past_its_deadline
    limited(run, "deadline")
    assert run.script.started == []
    assert len(run.trace("approval_requested")) == 1
    assert run.view()["pending_approvals"] == []


def test_failing_tools_open_the_breaker(world: World) -> None:
    """The execution ends after the limit of failed calls; a redrive has the failures forgiven and goes on."""
    orders = [Order("fail", "broken"), Order("fail", "broken"), Order()]
    run = world.run([READ, READ, READ, answer()], agent="few_failures", fetch_item=orders)
    view = limited(run, "tool_failures")
    assert "Not done: fetch_item" in view["summary"]
    assert run.script.per_step == {1: 1, 2: 1}
    run.act("redrive")
    run.completed()
    assert run.script.per_step == {1: 1, 2: 1, 3: 1, 4: 1}


def test_approval_limit_ends_the_run_and_a_redrive_asks_on(world: World) -> None:
    """The second question of an execution that may ask once is not asked; the redriven run may ask again."""
    run = world.run(
        [propose(call("write_gated", item="first")), propose(call("write_gated", item="second")), answer()],
        agent="one_approval",
    )
    (approval,) = run.asked()
    run.decide(approval, "approve")
    limited(run, "approvals")
    assert [start.arguments["item"] for start in run.script.started] == ["first"]
    run.act("redrive")
    (second,) = run.asked()
    run.decide(second, "approve")
    run.completed()
    assert [start.arguments["item"] for start in run.script.started] == ["first", "second"]
    assert run.script.per_step == {1: 1, 2: 1, 3: 1}


def test_throttled_model_is_asked_again_and_costs_nothing(world: World) -> None:
    """Two refusals with "later" and one answer: one bill."""
    run = world.run([[throttled(), throttled(), answer()]])
    view = run.completed()
    assert run.script.per_step == {1: 3}
    assert view["spend"]["tokens"] == 120


def test_model_that_fails_is_not_asked_again(world: World) -> None:
    """An answer that cannot be used ends the run at the limit `model`, billed in full: it may have been billed."""
    run = world.run([Turn([], status=400, error="ValidationException")])
    view = limited(run, "model")
    assert view["spend"]["tokens"] > 256
    assert run.script.per_step == {1: 1}
