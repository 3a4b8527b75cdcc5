"""Tenants never meet: what belongs to another tenant is as unknown as what never was, through every route."""

import pytest

from tests.workflow.running import ADMIN, APPROVER, World, person
from tests.workflow.script import answer, call, propose

STRANGER = person("sven", "admin", "approver", "lead", tenant="south")


@pytest.fixture(scope="module")
def theirs(world: World) -> tuple[str, dict[str, str]]:
    """An execution of the tenant north that waits at a gate, and its approval."""
    run = world.run([propose(call("write_gated")), answer()])
    (approval,) = run.asked()
    return run.execution_id, approval


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/executions/{execution}", None),
        ("GET", "/v1/executions/{execution}/trace", None),
        ("POST", "/v1/executions/{execution}/stop", None),
        ("POST", "/v1/executions/{execution}/redrive", None),
        ("GET", "/v1/approvals/{approval}", None),
        ("POST", "/v1/approvals/{approval}/decision", {"decision": "approve", "fingerprint": "{fingerprint}"}),
        ("GET", "/v1/budgets/execution:{execution}", None),
        ("PUT", "/v1/budgets/execution:{execution}", {"tokens": 1_000_000}),
    ],
)
def test_route_answers_404_to_another_tenant(
    world: World, theirs: tuple[str, dict[str, str]], method: str, path: str, body: dict[str, str] | None
) -> None:
    """The answer differs from that about an unknown id in the id alone, and nothing changes."""
    execution, approval = theirs
    names = {"execution": execution, "approval": approval["approval_id"], "fingerprint": approval["fingerprint"]}
    nobody = {"execution": "exe-" + "0" * 32, "approval": "apr-" + "0" * 32, "fingerprint": approval["fingerprint"]}
    answers = []
    for ids in (names, nobody):
        filled = body and {
            name: str(value).format(**ids) if isinstance(value, str) else value for name, value in body.items()
        }
        given = world.send(STRANGER, method, path.format(**ids), filled)
        text = str(given.body)
        for name, value in ids.items():
            text = text.replace(value, name)
        answers.append((given.status, text))
    assert answers[0][0] == 404
    assert answers[0] == answers[1]
    assert world.send(ADMIN, "GET", f"/v1/executions/{execution}").body["status"] == "RUNNING"


def test_lists_show_only_what_is_of_the_same_tenant(world: World, theirs: tuple[str, dict[str, str]]) -> None:
    """Executions and approvals of others are in no list."""
    execution, approval = theirs
    for path, key, value in (
        ("/v1/executions", "execution_id", execution),
        ("/v1/approvals", "approval_id", approval["approval_id"]),
    ):
        own = world.send(APPROVER, "GET", f"{path}?limit=100").body["items"]
        others = world.send(STRANGER, "GET", f"{path}?limit=100").body["items"]
        assert value in [item[key] for item in own]
        assert others == []
