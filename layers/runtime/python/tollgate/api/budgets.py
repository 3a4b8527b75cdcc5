"""Reading and setting one's tenant's budgets: `execution:<id>`, `agent:<name>` per day, `tenant:<id>` per month."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt

from tollgate.budget.amount import Amount
from tollgate.budget.prices import MICROUSD_PER_USD
from tollgate.budget.reservation import leases_of
from tollgate.budget.scopes import Scope
from tollgate.definitions.registry import Registry
from tollgate.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tollgate.models.execution import Execution
from tollgate.models.principal import Principal
from tollgate.store.budgets import ScopeState
from tollgate.store.stores import Stores

ADMIN = "admin"
MAX_TOKENS, MAX_USD = 10**12, 10**6
MAX_STEPS, MAX_SECONDS = 200, 31_000_000
_RACES = 5


class BudgetRequest(BaseModel):
    """The body of `PUT /v1/budgets/{scope}`: what is left out stays. Steps and seconds are an execution's only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: StrictInt | None = None
    usd: StrictInt | StrictFloat | None = None
    steps: StrictInt | None = None
    active_seconds: StrictInt | None = None
    deadline_seconds: StrictInt | None = None


@dataclass(frozen=True)
class Budgets:
    """The budget routes; one per function."""

    stores: Stores
    registry: Registry

    def get(self, principal: Principal, scope: str) -> dict[str, Any]:
        """Limits, spend, and what is still available."""
        outer = self._outer(principal, scope)
        if outer is None:
            return _view(self._execution(principal, scope))
        period = outer.period(self.stores.clock.now())
        state = self.stores.budgets.read(outer, period)
        if state and state.open:
            leases_of(self.stores).clear_up(outer, state)
            state = self.stores.budgets.read(outer, period)
        return _outer_view(outer, period, state)

    def put(self, principal: Principal, scope: str, request: BudgetRequest) -> dict[str, Any]:
        """Sets new limits. Raises `ForbiddenError`, `InvalidError`.

        An execution's never fall below what is spent or held; an outer scope's may, and then nothing more is leased.
        """
        if not principal.has("roles", ADMIN):
            raise ForbiddenError(f"{principal.id} lacks the claim `roles: {ADMIN}`, which changing a budget needs")
        if not request.model_dump(exclude_none=True):
            raise InvalidError("nothing to change: give at least one limit", [_violation("", "give tokens or usd")])
        outer = self._outer(principal, scope)
        return self._put_outer(outer, request) if outer else self._put_execution(principal, scope, request)

    def _put_outer(self, outer: Scope, request: BudgetRequest) -> dict[str, Any]:
        _check_outer(request)
        period = outer.period(self.stores.clock.now())
        microusd = None if request.usd is None else round(float(request.usd) * MICROUSD_PER_USD)
        state = self.stores.budgets.limit(outer, period, tokens=request.tokens, microusd=microusd)
        return _outer_view(outer, period, state)

    def _put_execution(self, principal: Principal, scope: str, request: BudgetRequest) -> dict[str, Any]:
        for _ in range(_RACES):
            execution = self._execution(principal, scope)
            _check(execution, request, now=self.stores.clock.now())
            new = execution.limits.model_copy(update=request.model_dump(exclude_none=True))
            try:
                return _view(self.stores.executions.set_limits(execution, new))
            except ConflictError:
                continue
        raise ConflictError(f"{scope} is being changed by others; look at it and try again")

    def _outer(self, principal: Principal, scope: str) -> Scope | None:
        """The outer scope that is named, of the caller's own tenant; None for any other form."""
        kind, _, name = unquote(scope).partition(":")
        if kind == "agent" and name:
            return Scope(principal.tenant, "agent", self.registry.agent(name).definition.name)
        if kind == "tenant" and name:
            if name != principal.tenant:
                raise NotFoundError(f"there is no tenant {name[:80]!r}")
            return Scope(principal.tenant, "tenant", name)
        return None

    def _execution(self, principal: Principal, scope: str) -> Execution:
        kind, _, name = unquote(scope).partition(":")
        if kind != "execution" or not name:
            advice = "write execution:<execution id>, agent:<name> or tenant:<id>"
            raise InvalidError(f"{unquote(scope)[:80]!r} is not a scope; {advice}", [_violation("/scope", advice)])
        return self.stores.executions.get(name, tenant=principal.tenant)


def _outer_view(scope: Scope, period: str, state: ScopeState | None) -> dict[str, Any]:
    """Without a limit nothing is counted: spend begins with the first limit."""
    if state is None:
        nothing, endless = {"tokens": 0, "usd": 0.0}, {"tokens": None, "usd": None}
        return {"scope": scope.label, "period": period, "limits": endless, "spend": nothing, "leased": nothing,
                "available": endless}  # fmt: skip
    limited = (state.limit_tokens is not None, state.limit_microusd is not None)
    usd = None if state.limit_microusd is None else state.limit_microusd / MICROUSD_PER_USD
    available = _money(state.available)
    return {
        "scope": scope.label,
        "period": state.period,
        "limits": {"tokens": state.limit_tokens, "usd": usd},
        "spend": _money(state.spent),
        "leased": _money(state.leased),
        "available": {
            "tokens": available["tokens"] if limited[0] else None,
            "usd": available["usd"] if limited[1] else None,
        },
    }


def _money(amount: Amount) -> dict[str, Any]:
    return {"tokens": amount.tokens, "usd": amount.microusd / MICROUSD_PER_USD}


_Bound = tuple[str, float | None, float, float]
"""A field, the value it is to have, the least that is spent or held of it, and the most it may ever be."""


def _check_outer(request: BudgetRequest) -> None:
    """An outer scope has money and tokens; steps and time are each execution's own."""
    others = request.model_dump(exclude_none=True).keys() - {"tokens", "usd"}
    if others:
        advice = "only an execution has this limit: write execution:<execution id>"
        raise InvalidError("the scope has no such limit", [_violation(f"/{name}", advice) for name in sorted(others)])
    _check_bounds([("tokens", request.tokens, 0, MAX_TOKENS), ("usd", request.usd, 0, MAX_USD)])


def _check(execution: Execution, request: BudgetRequest, *, now: float) -> None:
    spend, kept = execution.spend, execution.limits.summary_tokens
    _check_bounds(
        [
            ("tokens", request.tokens, max(spend.tokens + spend.reserved_tokens, kept), MAX_TOKENS),
            ("usd", request.usd, round(spend.usd + spend.reserved_usd, 6), MAX_USD),
            ("steps", request.steps, execution.step, MAX_STEPS),
            ("active_seconds", request.active_seconds, round(execution.active_seconds(now)), MAX_SECONDS),
            ("deadline_seconds", request.deadline_seconds, round(spend.elapsed_seconds), MAX_SECONDS),
        ]
    )


def _check_bounds(bounds: list[_Bound]) -> None:
    found = [
        _violation(f"/{name}", f"{value} is not above 0, at least the {lowest} spent and held, and at most {most}")
        for name, value, lowest, most in bounds
        if value is not None and not (0 < value <= most and value >= lowest)
    ]
    if found:
        raise InvalidError("the new limits are out of bounds", found)


def _view(execution: Execution) -> dict[str, Any]:
    spend, limits = execution.spend, execution.limits
    return {
        "scope": f"execution:{execution.execution_id}",
        "limits": {
            "tokens": limits.tokens,
            "usd": limits.usd,
            "steps": limits.steps,
            "active_seconds": limits.active_seconds,
            "deadline_seconds": limits.deadline_seconds,
        },
        "spend": {"tokens": spend.tokens, "usd": spend.usd},
        "reserved": {"tokens": spend.reserved_tokens, "usd": spend.reserved_usd},
        "available": {
            "tokens": limits.tokens - spend.tokens - spend.reserved_tokens,
            "usd": round(limits.usd - spend.usd - spend.reserved_usd, 6),
        },
    }


def _violation(pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "message": message}
