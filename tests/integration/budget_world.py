"""Budgets on tables in this process: executions, scopes, a clock that tests move, and threads that race."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tollgate.budget import leases
from tollgate.budget.leases import Leases
from tollgate.budget.reservation import leases_of
from tollgate.budget.scopes import Scope
from tollgate.models.execution import Execution, Limits
from tollgate.models.principal import Principal
from tollgate.settings import Settings
from tollgate.store.budgets import ScopeState
from tollgate.store.executions import new_execution_id
from tollgate.store.stores import Stores

from local.moto_fixes.catalogue import install
from tests.integration.gate_world import SCHEMAS, _environment, create_tables, forget_clients

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


@dataclass
class MovedClock:
    """Stands still until it is moved."""

    at: float = NOON

    def now(self) -> float:
        return self.at


@dataclass
class BudgetWorld:
    """Stores over moto's tables."""

    clock: MovedClock = field(default_factory=MovedClock)

    def __post_init__(self) -> None:
        names = {f"{name}_table": f"gate-{name}" for name in SCHEMAS}
        self.stores = Stores(Settings(**names, bucket="none"), self.clock)

    @property
    def leases(self) -> Leases:
        return leases_of(self.stores)

    def tenant(self, name: str, **limits: int) -> Scope:
        """A tenant with these limits (`tokens`, `microusd`)."""
        scope = Scope(name, "tenant", name)
        self.stores.budgets.limit(
            scope, self.period(scope), tokens=limits.get("tokens"), microusd=limits.get("microusd")
        )
        return scope

    def period(self, scope: Scope) -> str:
        return scope.period(self.clock.now())

    def state(self, scope: Scope) -> ScopeState:
        found = self.stores.budgets.read(scope, self.period(scope))
        assert found is not None
        return found

    def execution(self, tenant: str, *, tokens: int = 1_000_000, usd: float = 1000.0) -> Execution:
        """A running execution of agent `worker`."""
        execution = Execution(
            execution_id=new_execution_id(),
            agent="worker",
            agent_digest="sha256:0",
            principal=Principal(id="rita", tenant=tenant, kind="person"),
            input={},
            limits=Limits(tokens=tokens, usd=usd, steps=200, active_seconds=10_000, deadline_seconds=10_000_000),
            created_at=self.clock.now(),
        )
        self.stores.executions.create(execution)
        return execution

    def fresh(self, execution: Execution) -> Execution:
        return self.stores.executions.get(execution.execution_id)


def race(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of `count` threads returned; all start at once, and the first error is the caller's."""
    barrier, results, errors = threading.Barrier(count), [None] * count, []

    def one(number: int) -> None:
        try:
            barrier.wait(20)
            results[number] = work(number)
        except Exception as error:  # told below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results


@pytest.fixture(scope="module")
def budgets() -> Iterator[BudgetWorld]:
    """One set of tables per test file; tests take tenants of their own."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        # Moto is slow and threads are many: nothing here is about waiting for a busy item.
        patch.setattr(leases, "pause_seconds", lambda *_: 0.0)
        _environment(patch)
        install()  # without it, moto's conditional writes are not atomic
        create_tables(boto3.client("dynamodb"))
        yield BudgetWorld()
    forget_clients()
