"""The execution's side of a lease: one slot per kind of scope on its item, changed by single conditional writes."""

from tollgate.budget.amount import Amount
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.lease import LeaseSlot
from tollgate.store.dynamodb import Item, Table

SLOTS = ("agent", "tenant")


def empty_slots() -> dict[str, Item]:
    """What a new execution holds of outer budgets: nothing."""
    return {kind: LeaseSlot().model_dump() for kind in SLOTS}


class LeaseSlots:
    """Attribute `leases` of table `executions`."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def read(self, execution_id: str, kind: str) -> LeaseSlot:
        """The slot. Raises `NotFoundError` where there is no such execution."""
        item = self._table.get({"execution_id": execution_id})
        if item is None or "leases" not in item:
            raise NotFoundError(f"there is no execution {execution_id!r}")
        return LeaseSlot.model_validate(item["leases"][kind])

    def credit(
        self, execution_id: str, kind: str, seen: LeaseSlot, *, entry: str, amount: Amount, period: str, expires: float
    ) -> bool:
        """The lease has taken effect; False where the slot is not as seen. A slot of another period starts anew."""
        old = seen if seen.period == period else LeaseSlot()
        changes = {
            "number": seen.number + 1,
            "entry": entry,
            "period": period,
            "taken_tokens": old.taken_tokens + amount.tokens,
            "taken_microusd": old.taken_microusd + amount.microusd,
            "expires_at": expires,
        }
        parts, values = _assignments(changes)
        fresh = seen.period != period
        for unit, more in (("tokens", amount.tokens), ("microusd", amount.microusd)):
            # A reservation may be taken or settled meanwhile, so what is left is added to and never overwritten.
            path = f"leases.#kind.{unit}"
            parts.append(f"{path} = :{unit}" if fresh else f"{path} = {path} + :{unit}")
            values[f":{unit}"] = more
        return self._update(execution_id, kind, f"SET {', '.join(parts)}", values, seen, "")

    def debit(self, execution_id: str, kind: str, seen: LeaseSlot, *, entry: str) -> bool:
        """The return has taken effect; False where the slot is not as seen or a reservation is open."""
        changes = {"number": seen.number + 1, "entry": entry, "taken_tokens": 0, "taken_microusd": 0, "expires_at": 0}
        parts, values = _assignments(changes | {"tokens": 0, "microusd": 0})
        values |= {":none": 0, ":left_t": seen.tokens, ":left_u": seen.microusd}
        as_seen = "leases.#kind.tokens = :left_t AND leases.#kind.microusd = :left_u AND size(reservations) = :none"
        return self._update(execution_id, kind, f"SET {', '.join(parts)}", values, seen, f" AND {as_seen}")

    def close_to(self, execution_id: str, kind: str, number: int) -> bool:
        """No entry that saw `number` can take effect any more; False where one already moved the slot on."""
        seen = LeaseSlot(number=number)
        expression = "SET leases.#kind.#number = :next"
        return self._update(execution_id, kind, expression, {":next": number + 1}, seen, "")

    def _update(self, execution_id: str, kind: str, expression: str, values: Item, seen: LeaseSlot, more: str) -> bool:
        try:
            self._table.update(
                {"execution_id": execution_id},
                expression,
                values | {":seen": seen.number},
                condition=f"leases.#kind.#number = :seen{more}",
                names={"#kind": kind, "#number": "number"} | ({"#entry": "entry"} if "#entry" in expression else {}),
            )
        except ConflictError:
            return False
        return True


def _assignments(changes: Item) -> tuple[list[str], Item]:
    named = {"number": "#number", "entry": "#entry"}
    parts = [f"leases.#kind.{named.get(name, name)} = :new_{name}" for name in changes]
    return parts, {f":new_{name}": value for name, value in changes.items()}
