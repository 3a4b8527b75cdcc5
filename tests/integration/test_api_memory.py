"""The memory routes: for admins of the tenant alone, and what is forgotten is gone."""

from collections.abc import Iterator
from urllib.parse import quote

import jsonschema_rs
import pytest
from tollgate.models.episode import Episode, EpisodeCall

from tests.integration.api_functions import Answer, Functions, deployed, schema_of
from tests.integration.gate_world import ADA, ROBOT, STRANGER, GateWorld, tables

__all__ = ["tables"]


@pytest.fixture(scope="module")
def api(tables: GateWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions."""
    with pytest.MonkeyPatch.context() as patch, deployed(tables, tmp_path_factory.mktemp("layer"), patch) as found:
        yield found


def planted(tables: GateWorld, number: int, request: str, *, agent: str = "payer", tenant: str = "acme") -> str:
    """An episode of the execution of that number; its id."""
    now = tables.clock.now()
    episode = Episode(
        memory_id=f"{agent}:20261122T2000{number:02d}-{number:032d}",
        tenant=tenant,
        agent=agent,
        execution_id=f"exe-{number:032d}",
        request=request,
        calls=[EpisodeCall(tool="pay", arguments="{}", ok=True)],
        answer='{"status": "done"}',
        created_at=now,
        expires_at=now + 1_000,
    )
    assert tables.stores.memory.add(episode)
    return episode.memory_id


def at(memory_id: str) -> str:
    return f"/v1/memory/{quote(memory_id, safe='')}"


def is_problem(answer: Answer, status: int) -> bool:
    jsonschema_rs.validate(schema_of("Problem"), answer.body)
    return (answer.status, answer.body["status"]) == (status, status)


def test_a_requester_and_a_person_of_another_tenant_learn_nothing(tables: GateWorld, api: Functions) -> None:
    """The right is a claim, and an admin elsewhere is told that there is no such thing."""
    one = planted(tables, 1, "Pay Nordwind.")
    for method, target in (("GET", "/v1/memory"), ("GET", at(one)), ("DELETE", at(one))):
        answer = api.send(method, target, who=ADA)
        assert is_problem(answer, 403)
        assert "roles: admin" in answer.body["detail"]
    for method in ("GET", "DELETE"):
        assert is_problem(api.send(method, at(one), who=STRANGER), 404)
    assert api.send("GET", "/v1/memory", who=STRANGER).body["items"] == []
    assert tables.stores.memory.get("acme", one).request == "Pay Nordwind."


def test_an_admin_reads_pages_newest_first(tables: GateWorld, api: Functions) -> None:
    """Of one agent, in pages, in the shape that the API promises."""
    ids = [planted(tables, number, f"Pay vendor {number}.", agent="pager") for number in (11, 12, 13)]
    page = api.send("GET", "/v1/memory?agent=pager&limit=2", who=ROBOT)
    jsonschema_rs.validate(schema_of("MemoryPage"), page.body)
    assert [item["memory_id"] for item in page.body["items"]] == [ids[2], ids[1]]
    rest = api.send("GET", f"/v1/memory?agent=pager&limit=2&cursor={page.body['cursor']}", who=ROBOT).body
    assert ([item["memory_id"] for item in rest["items"]], rest["cursor"]) == ([ids[0]], None)
    everything = api.send("GET", "/v1/memory?limit=200", who=ROBOT).body["items"]
    assert {"pager", "payer"} <= {item["agent"] for item in everything}


def test_a_search_ranks_as_recall_does_and_needs_an_agent(tables: GateWorld, api: Functions) -> None:
    """Most similar first, with scores; what shares no word is not found."""
    alike = planted(tables, 21, "Refund the crate that broke.", agent="seeker")
    planted(tables, 22, "Count the stock.", agent="seeker")
    found = api.send("GET", "/v1/memory?agent=seeker&query=broken%20crate%20refund", who=ROBOT)
    jsonschema_rs.validate(schema_of("MemoryPage"), found.body)
    assert [(item["memory_id"], item["score"] > 0) for item in found.body["items"]] == [(alike, True)]
    assert is_problem(api.send("GET", "/v1/memory?query=crate", who=ROBOT), 422)
    assert is_problem(api.send("GET", f"/v1/memory?agent=seeker&query={'x' * 2_001}", who=ROBOT), 422)


def test_what_is_forgotten_is_gone_everywhere(tables: GateWorld, api: Functions) -> None:
    """Not read, not listed, not found, not recalled; forgetting it again says that there is nothing."""
    one = planted(tables, 31, "Burn after reading.", agent="diary")
    assert api.send("GET", at(one), who=ROBOT).body["request"] == "Burn after reading."
    gone = api.send("DELETE", at(one), who=ROBOT)
    assert (gone.status, gone.body) == (200, {"memory_id": one, "forgotten": True})
    jsonschema_rs.validate(schema_of("Forgotten"), gone.body)
    assert is_problem(api.send("GET", at(one), who=ROBOT), 404)
    assert is_problem(api.send("DELETE", at(one), who=ROBOT), 404)
    assert api.send("GET", "/v1/memory?agent=diary&query=burn", who=ROBOT).body["items"] == []
    assert tables.stores.memory.newest("acme", "diary", 10) == []
