"""Outer budgets on the real machine: one execution's lease ends another's run, and raising it lets that one go on."""

from tests.workflow.running import World, person
from tests.workflow.script import answer, call, propose


def test_a_tenant_without_room_stops_its_executions_and_a_higher_limit_lets_them_finish(world: World) -> None:
    """Two tenants side by side: only the limited one stops, says whose limit it was, and redrive completes it."""
    admin, requester = person("zoe", "admin", tenant="west"), person("zack", tenant="west")
    path = "/v1/budgets/tenant:west"
    assert world.send(admin, "PUT", path, {"tokens": 4_000}).status == 200
    tight = {"tokens": (3_000, 20)}
    turns = [propose(call("fetch_item"), **tight), answer()]
    limited, free = world.run(list(turns), who=requester), world.run(list(turns))
    free.completed()
    stopped = limited.ended()
    assert (stopped["outcome"], stopped["reason"]) == ("limit_reached", "tokens")
    assert "that of tenant:west" in stopped["summary"]
    assert limited.script.per_step == {1: 1}
    books = world.send(requester, "GET", path).body
    assert (books["spend"]["tokens"], books["leased"]["tokens"]) == (3_020, 0)
    assert world.send(requester, "PUT", path, {"tokens": 9}).status == 403
    assert world.send(admin, "PUT", path, {"tokens": 50_000}).status == 200
    assert limited.act("redrive").status == 202
    world.endpoint.until(lambda: limited.view()["outcome"] == "completed", "the redriven run completes")
    assert limited.script.per_step == {1: 1, 2: 1}
