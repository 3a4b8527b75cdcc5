"""Reading and raising budgets. The scope in force is `execution:<id>`; the others are refused, not ignored."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt

from tollgate.errors import ConflictError, ForbiddenError, InvalidError
from tollgate.models.execution import Execution
from tollgate.models.principal import Principal
from tollgate.store.stores import Stores

ADMIN = "admin"
MAX_TOKENS, MAX_USD = 10**12, 10**6
_RACES = 5


class BudgetRequest(BaseModel):
    """The body of `PUT /v1/budgets/{scope}`: what is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tokens: StrictInt | None = None
    usd: StrictInt | StrictFloat | None = None


@dataclass(frozen=True)
class Budgets:
    """The budget routes; one per function."""

    stores: Stores

    def get(self, principal: Principal, scope: str) -> dict[str, Any]:
        """Limits, spend, and what is still available."""
        return _view(self._execution(principal, scope))

    def put(self, principal: Principal, scope: str, request: BudgetRequest) -> dict[str, Any]:
        """Sets new limits, never below what is spent or held. Raises `ForbiddenError`, `InvalidError`."""
        if not principal.has("roles", ADMIN):
            raise ForbiddenError(f"{principal.id} lacks the claim `roles: {ADMIN}`, which changing a budget needs")
        if request.tokens is None and request.usd is None:
            raise InvalidError("nothing to change: give tokens, usd or both", [_violation("", "give tokens or usd")])
        for _ in range(_RACES):
            execution = self._execution(principal, scope)
            _check(execution, request)
            usd = None if request.usd is None else float(request.usd)
            try:
                return _view(self.stores.executions.raise_limits(execution, tokens=request.tokens, usd=usd))
            except ConflictError:
                continue
        raise ConflictError(f"{scope} is being changed by others; look at it and try again")

    def _execution(self, principal: Principal, scope: str) -> Execution:
        kind, _, name = unquote(scope).partition(":")
        if kind in ("agent", "tenant"):
            raise InvalidError(
                f"budgets of the scope {kind}:<name> are not enforced yet, so they cannot be set; "
                "use execution:<execution id>",
                [_violation("/scope", "not enforced yet; write execution:<execution id>")],
            )
        if kind != "execution" or not name:
            raise InvalidError(
                f"{unquote(scope)[:80]!r} is not a scope; write execution:<execution id>",
                [_violation("/scope", "write execution:<execution id>")],
            )
        return self.stores.executions.get(name, tenant=principal.tenant)


def _check(execution: Execution, request: BudgetRequest) -> None:
    spend = execution.spend
    bounds = (
        ("tokens", request.tokens, spend.tokens + spend.reserved_tokens, MAX_TOKENS),
        ("usd", request.usd, spend.usd + spend.reserved_usd, MAX_USD),
    )
    found = [
        _violation(f"/{name}", f"{value} is not above 0, at least the {least} spent and held, and at most {most}")
        for name, value, least, most in bounds
        if value is not None and not (0 < value <= most and value >= least)
    ]
    if found:
        raise InvalidError("the new limits are out of bounds", found)


def _view(execution: Execution) -> dict[str, Any]:
    spend, limits = execution.spend, execution.limits
    return {
        "scope": f"execution:{execution.execution_id}",
        "limits": {"tokens": limits.tokens, "usd": limits.usd},
        "spend": {"tokens": spend.tokens, "usd": spend.usd},
        "reserved": {"tokens": spend.reserved_tokens, "usd": spend.reserved_usd},
        "available": {
            "tokens": limits.tokens - spend.tokens - spend.reserved_tokens,
            "usd": round(limits.usd - spend.usd - spend.reserved_usd, 6),
        },
    }


def _violation(pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "message": message}
