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
    """The limit that forbids the call, and the outer scope whose it is, if it is not the execution's own.

    No limit: a person stopped the execution.
    """

    limit: LimitReason | None
    scope: str | None = None


def leases_of(stores: Stores) -> Leases:
    """The leases over these tables."""
    source = stores.settings.event_source
    return Leases(stores.budgets, stores.lease_slots, stores.journal, stores.clock, source)


def reserve(
    stores: Stores,
    execution: Execution,
    reservation_id: str,
    wanted: Amount,
    *,
    step: int,
    keep: Amount = Amount(),  # noqa: B008  # frozen
) -> Execution | Refusal:
    """The execution that holds `wanted`; else why not, and nothing is held.

    What is to be kept back (`keep`) is not there for it.
    """
    for attempt in range(_RACES):
        refusal = _own_refusal(execution, wanted + keep)
        if refusal and attempt:
            return refusal
        if refusal:
            # As it was read before a dead attempt's reservation was settled, perhaps.
            execution = stores.executions.get(execution.execution_id)
            continue
        covered = leases_of(stores).cover(execution, wanted)
        if isinstance(covered, NoRoom):
            return Refusal(covered.unit, covered.scope.label)
        holding = stores.executions.reservations.hold(
            execution.execution_id,
            reservation_id,
            tokens=wanted.tokens,
            microusd=wanted.microusd,
            step=step,
            leased=covered,
            keep=(keep.tokens, keep.microusd),
        )
        if holding:
            return holding
        execution = stores.executions.get(execution.execution_id)
    raise ConflictError(f"{execution.execution_id}: its budget is being changed by others")


def settle(
    stores: Stores,
    execution_id: str,
    reservation_id: str,
    spent: Amount | None,
    *,
    entering: int | None = None,
    seen: Execution | None = None,
) -> Execution | None:
    """Turns the reservation into spend (None: all of it), and tells when that crosses a threshold.

    The execution as it is then; None where the reservation was settled before. `entering`, `seen`: as the store's.
    """
    tokens, microusd = (None, None) if spent is None else (spent.tokens, spent.microusd)
    settled = stores.executions.reservations.settle(
        execution_id, reservation_id, tokens=tokens, microusd=microusd, entering=entering, seen=seen
    )
    if settled is None:
        return None
    held, after = settled
    _tell_crossing(stores, after, spent or Amount(held.tokens, held.microusd))
    return after


def _tell_crossing(stores: Stores, after: Execution, last: Amount) -> None:
    limits = (after.limits.tokens, after.limits.usd)
    share = share_percent((after.spend.tokens, after.spend.usd), limits)
    earlier = share_percent((after.spend.tokens - last.tokens, after.spend.usd - last.microusd / 1_000_000), limits)
    percent = crossed(earlier, share)
    if percent:
        key = f"{after.limits.tokens}-{after.limits.usd:g}#{percent:03d}"
        tell(
            stores.journal, stores.settings.event_source, after, f"execution:{after.execution_id}", key, percent, share
        )


def _own_refusal(execution: Execution, wanted: Amount) -> Refusal | None:
    if execution.stop_requested or execution.status != "RUNNING":
        return Refusal(None)
    left = own(execution)
    if left.tokens < wanted.tokens:
        return Refusal("tokens")
    return Refusal("usd") if left.microusd < wanted.microusd else None
