"""Who may notify, who may ask for it, and that a stage that notifies nobody gives neither right."""

import json
from typing import Any

import pytest

from infra.names import Names
from infra.rights import API, TASKS, Rights
from infra.statements import environment, statements

NAMES = Names("tollgate-dev")
TOPIC = "arn:aws:sns:eu-central-1:123456789012:approvers"
CONFIGURED: dict[str, Any] = {
    "webhooks": {"erp": {"url": "https://erp.example.com/hook", "secret_id": "hooks/erp", "agents": []}},
    "topics": {"mail": {"arn": TOPIC, "agents": []}},
}
ALL = {**TASKS, **{f"api {name}": row for name, row in API.items()}}


def actions(row: Rights, notifications: dict[str, Any]) -> dict[str, str]:
    """Action -> resources, of what has to do with notifications."""
    made = [
        statement.to_statement_json()
        for statement in statements(
            row, names=NAMES, slack_secret_arn="arn:slack", models={}, notifications=notifications
        )
    ]
    return {
        str(one["Action"]): json.dumps(one["Resource"])
        for one in made
        if "sns:" in str(one["Action"]) or "lambda:" in str(one["Action"]) or "hooks/erp" in json.dumps(one["Resource"])
    }


def variables(row: Rights, notifications: dict[str, Any]) -> dict[str, str]:
    return environment(
        row, names=NAMES, bucket="b", slack_secret_arn="arn:slack", console_url="https://c", notifications=notifications
    )


def test_one_function_notifies_and_three_ask_it_to() -> None:
    """The function that holds tokens knows no webhook's secret, and the one that knows it holds no token."""
    notifying = {name: actions(row, CONFIGURED) for name, row in ALL.items() if actions(row, CONFIGURED)}
    assert set(notifying) == {"notify_approval", "request_approval", "escalate_approval", "api gate"}
    notifier = notifying.pop("notify_approval")
    assert set(notifier) == {"secretsmanager:GetSecretValue", "sns:Publish"}
    assert TOPIC in notifier["sns:Publish"]
    assert "secret:hooks/erp-??????" in notifier["secretsmanager:GetSecretValue"]
    for asking in notifying.values():
        assert set(asking) == {"lambda:InvokeFunction"}
        assert "function:tollgate-dev-task-notify-approval" in asking["lambda:InvokeFunction"]
    assert not {"gates", "calls", "audit"} & set(TASKS["notify_approval"].tables)


@pytest.mark.parametrize("name", ["request_approval", "escalate_approval", "notify_approval"])
def test_a_stage_that_notifies_nobody_gives_no_right(name: str) -> None:
    """No invocation, no secret, no topic, and nothing in the environment that would be tried."""
    assert actions(TASKS[name], {"webhooks": {}, "topics": {}}) == {}
    assert "TOLLGATE_NOTIFY_FUNCTION" not in variables(TASKS[name], {"webhooks": {}, "topics": {}})


def test_who_asks_is_told_the_function() -> None:
    """And the one that notifies knows where the console is."""
    told = variables(TASKS["request_approval"], CONFIGURED)
    assert told["TOLLGATE_NOTIFY_FUNCTION"] == "tollgate-dev-task-notify-approval"
    assert variables(TASKS["notify_approval"], CONFIGURED)["TOLLGATE_CONSOLE_URL"] == "https://c"
