"""Before a model call its worst case is held everywhere: from the outer scopes by lease, from the execution by reserve.

The reservation itself is one write on the execution's item; an outer scope is asked only when its lease runs low.
"""

from dataclasses import dataclass

from tollgate.budget.amount import Amount
from tollgate.budget.leases import Leases, NoRoom, own
from tollgate.budget.notices import crossed, share_percent, tell
from tollgate.errors import ConflictError
from tollgate.models.execution import Execution, LimitReason
from tollgate.store.stores import Stores

_RACES = 10


@dataclass(frozen=True)
class Refusal:
    """The limit that forbids the call, and the outer scope whose it is, if it is not the execution's own."""

    limit: LimitReason
    scope: str | None = None


def leases_of(stores: Stores) -> Leases:
    """The leases over these tables."""
    return Leases(stores.budgets, stores.lease_slots, stores.journal, stores.clock)


def reserve(stores: Stores, execution: Execution, reservation_id: str, wanted: Amount, *, step: int) -> Refusal | None:
    """None when `wanted` is held; else the limit, and nothing is."""
    for attempt in range(_RACES):
        refusal = _own_refusal(execution, wanted)
        if refusal and attempt:
            return refusal
        if refusal:
            # As it was read before a dead attempt's reservation was settled, perhaps.
            execution = stores.executions.get(execution.execution_id)
            continue
        covered = leases_of(stores).cover(execution, wanted)
        if isinstance(covered, NoRoom):
            return Refusal(covered.unit, covered.scope.label)
        if stores.executions.reserve(
            execution.execution_id,
            reservation_id,
            tokens=wanted.tokens,
            microusd=wanted.microusd,
            step=step,
            leased=covered,
        ):
            return None
        execution = stores.executions.get(execution.execution_id)
    raise ConflictError(f"{execution.execution_id}: its budget is being changed by others")


def settle(stores: Stores, execution_id: str, reservation_id: str, spent: Amount | None) -> None:
    """Turns the reservation into spend (None: all of it), and tells when that crosses a threshold."""
    tokens, microusd = (None, None) if spent is None else (spent.tokens, spent.microusd)
    before = stores.executions.reservations(execution_id).get(reservation_id)
    after = stores.executions.settle(execution_id, reservation_id, tokens=tokens, microusd=microusd)
    if before is None or after is None:
        return
    last = spent or Amount(before["tokens"], before["microusd"])
    limits = (after.limits.tokens, after.limits.usd)
    share = share_percent((after.spend.tokens, after.spend.usd), limits)
    earlier = share_percent((after.spend.tokens - last.tokens, after.spend.usd - last.microusd / 1_000_000), limits)
    percent = crossed(earlier, share)
    if percent:
        key = f"{after.limits.tokens}-{after.limits.usd:g}#{percent:03d}"
        tell(stores.journal, after, f"execution:{execution_id}", key, percent, share)


def _own_refusal(execution: Execution, wanted: Amount) -> Refusal | None:
    left = own(execution)
    if left.tokens < wanted.tokens:
        return Refusal("tokens")
    return Refusal("usd") if left.microusd < wanted.microusd else None
