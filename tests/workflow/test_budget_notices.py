"""A crossed threshold reaches whoever subscribes: an event on the bus, and a message in the Slack channel."""

from typing import Any

from tests.workflow.running import World
from tests.workflow.script import answer, call, propose


def test_crossing_half_of_a_budget_is_published_once_and_posted_to_slack(world: World) -> None:
    """The event names scope, tenant, run and percent; the message says how to raise it; the run goes on."""
    heard: list[dict[str, Any]] = []
    world.stack._aws.on_event(heard.append)
    run = world.run([propose(call("fetch_item"), tokens=(7_000, 10)), answer()], agent="few_tokens")
    run.completed()
    scope = f"execution:{run.execution_id}"
    told = run.until(lambda run: [one for one in heard if one["detail"]["scope"] == scope], "the event is on the bus")
    assert [(one["source"], one["detail-type"]) for one in told] == [
        ("tollgate-local", "Tollgate Budget Threshold Crossed")
    ]
    assert told[0]["detail"] == {
        "scope": scope, "percent": 50, "used_percent": 58.4, "tenant": "north", "agent": "few_tokens",
        "execution_id": run.execution_id,
    }  # fmt: skip
    slack = world.stack.slack
    assert slack is not None
    message = run.until(lambda run: [one for one in slack.messages() if scope in one.text], "Slack is told")[0]
    assert "50 % of the budget" in message.text
    assert "tollgate budget set" in str(message.blocks)
