"""A task token is in the table of gates and nowhere else, whatever becomes of the question it belongs to.

The tokens looked for are the real ones, taken from the interpreter as it hands them out.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tollgate.api.routes import ROUTES

from local.moto_fixes import callbacks
from tests.workflow.running import ADMIN, APPROVER, Run, World
from tests.workflow.script import answer, call, propose

TABLES_WITHOUT_TOKENS = ("executions", "journal", "calls", "approvals", "audit", "budgets", "memory")


@dataclass
class Handed:
    """Every token that the interpreter handed out since the test began."""

    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """Notes tokens as they are made."""
    noted, add = Handed(), callbacks.TOKENS.add

    def note(endpoint: Any) -> None:
        noted.tokens.append(str(endpoint.callback_id))
        add(endpoint)

    monkeypatch.setattr(callbacks.TOKENS, "add", note)
    return noted


@dataclass(frozen=True)
class Ended:
    """One execution that is over, and the question it asked."""

    run: Run
    approval_id: str


def through_slack(world: World, run: Run, approval_id: str, action: str, values: dict[str, str]) -> None:
    """A click on the card, and the modal that it opens, as a person of the local stage."""
    slack = world.stack.slack
    assert slack is not None
    clicked = slack.click(approval_id, action)
    assert (clicked.status, clicked.notices) == (200, [])
    if clicked.view:
        assert slack.submit_view(values, view=clicked.view).errors == {}


@pytest.fixture
def ended(world: World, handed: Handed) -> list[Ended]:
    """Five questions: approved, edited and rejected in Slack, expired, and stopped."""
    found = []
    for what in ("approve", "edit", "reject", "expire", "stop"):
        turns = [propose(call("write_gated", item="a", note="n")), answer()]
        run = world.run(turns, agent="impatient" if what == "expire" else "worker")
        (approval,) = run.asked()
        if what == "stop":
            assert run.act("stop").status == 202
        elif what != "expire":
            typed = {"approve": {}, "edit": {"note": "from a person"}, "reject": {"reason": "not ours"}}[what]
            through_slack(world, run, approval["approval_id"], what, typed)
        run.ended()
        found.append(Ended(run, approval["approval_id"]))
    return found


def logs(world: World) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in world.stack.log_folder.rglob("*") if path.is_file())


def slack_posts(world: World) -> str:
    slack = world.stack.slack
    assert slack is not None
    messages = [(message.text, message.blocks) for message in slack.messages()]
    return json.dumps([messages, [view.body for view in slack.views()], [one.text for one in slack.notices()]])


def api_answers(world: World, ended: list[Ended]) -> str:
    """Every GET route of the API about every execution; a new route without a line here is red."""
    paths: dict[str, Callable[[Ended], list[str]]] = {
        "GET /v1/executions": lambda one: ["/v1/executions"],
        "GET /v1/executions/{id}": lambda one: [one.run.path],
        "GET /v1/executions/{id}/trace": lambda one: [f"{one.run.path}/trace?limit=200"],
        "GET /v1/approvals": lambda one: [f"/v1/approvals?execution={one.run.execution_id}"],
        "GET /v1/approvals/{id}": lambda one: [f"/v1/approvals/{one.approval_id}"],
        "GET /v1/approvals/{id}/audit": lambda one: [f"/v1/approvals/{one.approval_id}/audit"],
        "GET /v1/audit": lambda one: ["/v1/audit?limit=200"],
        "GET /v1/budgets/{scope}": lambda one: [f"/v1/budgets/execution:{one.run.execution_id}"],
        "GET /v1/memory": lambda one: ["/v1/memory"],
        "GET /v1/memory/{id}": lambda one: [f"/v1/memory/{one.run.execution_id}"],
        "GET /v1/openapi.json": lambda one: ["/v1/openapi.json"],
    }
    routes = [route for routes in ROUTES.values() for route in routes if route.startswith("GET ")]
    answers = []
    for route in routes:
        for one in ended:
            for path in paths[route](one):
                got = world.send(ADMIN if "memory" in path or "budgets" in path else APPROVER, "GET", path)
                assert got.status < 500, (path, got.body)
                answers.append(json.dumps([got.status, got.body, dict(got.headers)]))
    return "".join(answers)


def tables(world: World) -> str:
    found = []
    for name in TABLES_WITHOUT_TOKENS:
        pages = world.dynamodb.get_paginator("scan").paginate(TableName=f"tollgate-local-{name}")
        found += [str(item) for page in pages for item in page["Items"]]
    return "".join(found)


def objects(world: World) -> str:
    s3 = world.stack.client("s3")
    found = []
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", []):
                body = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read()
                found.append(entry["Key"] + body.decode("utf-8", "replace"))
    return "".join(found)


def model_input(ended: list[Ended]) -> str:
    return json.dumps([body for one in ended for _, body in one.run.script.requests])


def test_a_token_is_nowhere_but_in_its_table(world: World, handed: Handed, ended: list[Ended]) -> None:
    """Logs, Slack, the whole API, the model's input, the other tables and the bucket are searched for each token."""
    assert len(handed.tokens) >= len(ended)
    assert all(len(token) >= 16 for token in handed.tokens)
    places = {
        "logs": logs(world),
        "Slack": slack_posts(world),
        "API": api_answers(world, ended),
        "model input": model_input(ended),
        "tables": tables(world),
        "bucket": objects(world),
    }
    found = [(place, token) for place, text in places.items() for token in handed.tokens if token in text]
    assert found == []
    # The search would have found it: what belongs there is there.
    for one in ended:
        assert one.run.execution_id in places["Slack"]
        assert one.approval_id in places["API"]
        assert one.approval_id in places["tables"]
    assert ended[0].run.execution_id in places["logs"], "its tool ran, and said so"
    assert f"script:{ended[0].run.script.name}" in places["model input"]
    gates = world.dynamodb.scan(TableName="tollgate-local-gates")["Items"]
    kept = {item["task_token"]["S"] for item in gates if "task_token" in item}
    assert kept & set(handed.tokens), "the tokens looked for are those that the gates hold"
