"""Outer budgets through the API's own function, and what Reason and settlement do with them."""

from collections.abc import Iterator

import jsonschema_rs
import pytest
from tollgate.budget.amount import Amount
from tollgate.budget.reservation import Refusal, reserve, settle
from tollgate.models.execution import Execution
from tollgate.settlement import _close
from tollgate.summary import summarise

from tests.integration.api_functions import Functions, deployed, schema_of
from tests.integration.gate_world import ADA, ROBOT, STRANGER, GateWorld, tables

__all__ = ["tables"]


@pytest.fixture(scope="module")
def api(tables: GateWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The deployed functions."""
    with pytest.MonkeyPatch.context() as patch, deployed(tables, tmp_path_factory.mktemp("layer"), patch) as found:
        yield found


def test_a_scope_that_nobody_limited_is_without_limit(api: Functions) -> None:
    """Null, not zero and not an error."""
    answer = api.send("GET", "/v1/budgets/agent:payer", who=ADA)
    assert answer.status == 200
    jsonschema_rs.validate(schema_of("Budget"), answer.body)
    assert answer.body["limits"] == answer.body["available"] == {"tokens": None, "usd": None}


def test_an_admin_limits_the_tenants_month_and_everybody_of_it_reads_what_is_used(
    tables: GateWorld, api: Functions
) -> None:
    """Limit, spent and leased, after a call and after the end of the execution that made it."""
    put = api.send("PUT", "/v1/budgets/tenant:acme", {"tokens": 50_000}, who=ROBOT)
    jsonschema_rs.validate(schema_of("Budget"), put.body)
    assert (put.status, put.body["limits"]) == (200, {"tokens": 50_000, "usd": None})
    execution = tables.execution()
    assert isinstance(reserve(tables.stores, execution, "r1", Amount(500, 0), step=1), Execution)
    settle(tables.stores, execution.execution_id, "r1", Amount(300, 0))
    running = api.send("GET", "/v1/budgets/tenant%3Aacme", who=ADA).body
    assert running["leased"]["tokens"] == 1_000  # no more than its own limit lets it spend
    assert (running["spend"]["tokens"], running["available"]["tokens"]) == (0, 49_000)
    _close(tables.stores, tables.stores.executions.get(execution.execution_id), "FAILED", tables.clock.now())
    ended = api.send("GET", "/v1/budgets/tenant:acme", who=ADA).body
    assert (ended["spend"]["tokens"], ended["leased"]["tokens"]) == (300, 0)


def test_an_agents_day_without_room_is_named_in_the_summary(tables: GateWorld, api: Functions) -> None:
    """The limit is `tokens`, and the summary says whose it was."""
    assert api.send("PUT", "/v1/budgets/agent:open_payer", {"tokens": 100}, who=ROBOT).status == 200
    execution = tables.execution(agent="open_payer")
    refusal = reserve(tables.stores, execution, "r1", Amount(500, 0), step=1)
    assert refusal == Refusal("tokens", "agent:open_payer")
    assert refusal.limit is not None
    tables.stores.executions.stopping(execution.execution_id, refusal.limit, scope=refusal.scope)
    stopped = tables.stores.executions.get(execution.execution_id)
    assert "the token limit was reached, that of agent:open_payer" in summarise(stopped, [], "tokens")


@pytest.mark.parametrize(
    ("scope", "who", "status"),
    [
        ("tenant:acme", ADA, 403),
        ("agent:payer", ADA, 403),
        ("tenant:acme", STRANGER, 404),
        ("tenant:globex", ROBOT, 404),
        ("agent:nobody", ROBOT, 404),
        ("tenant:", ROBOT, 422),
        ("region:eu", ROBOT, 422),
    ],
)
def test_only_an_admin_sets_budgets_and_only_of_the_own_tenant(
    api: Functions, scope: str, who: object, status: int
) -> None:
    """Without the role 403, another tenant's 404 as if it were not there, what is no scope 422."""
    answer = api.send("PUT", f"/v1/budgets/{scope}", {"tokens": 1_000}, who=who)  # type: ignore[arg-type]
    assert answer.status == status


@pytest.mark.parametrize("body", [{"tokens": 0}, {"tokens": -5}, {"usd": 0}, {"tokens": 10**13}, {}, {"tokens": "5"}])
def test_a_limit_out_of_bounds_is_refused(api: Functions, body: dict[str, object]) -> None:
    """Zero, negative, absurd, nothing, and text."""
    assert api.send("PUT", "/v1/budgets/tenant:acme", body, who=ROBOT).status in (400, 422)
