"""A crossed budget threshold, told in the deployment's Slack channel. The run does not wait for it."""

from typing import Any

from tollgate.definitions.registry import Registry
from tollgate.slack.blocks import context, escaped, section
from tollgate.slack.connection import Connection


def run(registry: Registry, slack: Connection, event: dict[str, Any]) -> dict[str, bool]:
    """Posts one message; `{"posted": False}` where no Slack app is configured. Raises `SlackError`, and is repeated."""
    client = slack.client(patient=True)
    if client is None:
        return {"posted": False}
    detail = event["detail"]
    line = f"{detail['percent']} % of the budget {detail['scope']} of tenant {detail['tenant']} is used"
    note = (
        f"{detail['used_percent']} % now, by agent {detail['agent']}, run {detail['execution_id']}. "
        f"More: tollgate budget set {detail['scope']} --tokens N --usd X"
    )
    client.post_message(registry.slack.channel, escaped(line), [section(line), context(note)])
    return {"posted": True}
