"""What model calls under way hold of an execution's limits and leases: taken and settled by one conditional write."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tollgate.errors import ConflictError
from tollgate.models.execution import Execution, Reservation
from tollgate.store.dynamodb import Item, Table

SETTLE_RACES = 10


class Reservations:
    """Attribute `reservations` of table `executions`; `unpacked` makes an execution of its item."""

    def __init__(self, table: Table, unpacked: Callable[[Item], Execution]) -> None:
        self._table = table
        self._unpacked = unpacked

    def open(self, execution_id: str) -> dict[str, Reservation]:
        """Those that are not settled, by id."""
        execution = self._get(execution_id)
        return dict(execution.reservations) if execution else {}

    def hold(
        self,
        execution_id: str,
        reservation_id: str,
        *,
        tokens: int,
        microusd: int,
        step: int,
        leased: Mapping[str, str] = MappingProxyType({}),
        keep: tuple[int, int] = (0, 0),
    ) -> Execution | None:
        """Holds the worst case of one model call, or returns None and holds nothing. One conditional write.

        Nothing is held for an execution that is over or shall stop, nor out of what is kept back: `keep` tokens and
        millionths of a dollar. `leased` names the lease slots that pay too, each with the period of its lease. The same
        `reservation_id` twice is one reservation.
        """
        held = Reservation(tokens=tokens, microusd=microusd, step=step, leased=dict(leased))
        expression, conditions, names, periods = _slots(leased, "-")
        values = {":t": tokens, ":u": microusd, ":held": held.model_dump(), ":running": "RUNNING"}
        try:
            item = self._update(
                execution_id,
                "SET available_tokens = available_tokens - :t, available_microusd = available_microusd - :u, "
                f"reservations.#id = :held{expression}",
                {**values, ":kt": tokens + keep[0], ":ku": microusd + keep[1], **periods},
                condition="available_tokens >= :kt AND available_microusd >= :ku "
                f"AND attribute_not_exists(reservations.#id){conditions} "
                "AND attribute_not_exists(stop_requested) AND #status = :running",
                names={"#id": reservation_id, "#status": "status", **names},
            )
        except ConflictError:
            execution = self._get(execution_id)
            return execution if execution and reservation_id in execution.reservations else None
        return self._unpacked(item)

    def settle(
        self,
        execution_id: str,
        reservation_id: str,
        *,
        tokens: int | None = None,
        microusd: int | None = None,
        entering: int | None = None,
        seen: Execution | None = None,
    ) -> tuple[Reservation, Execution] | None:
        """Turns a reservation into spend at the provider's figures; None settles at the full reservation.

        Settling twice is harmless: the first one counts, and is the only one that gets an answer. A bill above the
        reservation is taken too, and may leave less than nothing available: then no further call starts.
        With `entering`, the execution enters that step in the same write. With `seen`, a reading of the execution that
        has this reservation, nothing is read before the first try.
        """
        for _ in range(SETTLE_RACES):
            execution = seen or self._get(execution_id)
            held = execution.reservations.get(reservation_id) if execution else None
            if execution is None or held is None:
                return None
            spent = (held.tokens if tokens is None else tokens, held.microusd if microusd is None else microusd)
            # A lease of a period that is over gets nothing back: the scope has begun anew.
            leased = {kind: period for kind, period in held.leased.items() if execution.leases[kind].period == period}
            try:
                return held, self._unpacked(self._settle(execution_id, reservation_id, held, spent, leased, entering))
            except ConflictError:
                seen = None
        raise ConflictError(f"{execution_id}: the reservation {reservation_id} is being settled by others")

    def _settle(
        self,
        execution_id: str,
        reservation_id: str,
        held: Reservation,
        spent: tuple[int, int],
        leased: Mapping[str, str],
        entering: int | None,
    ) -> Item:
        expression, conditions, names, values = _slots(leased, "+")
        if entering is not None:
            # Never a step back: whoever goes on to a later step has settled what this one held.
            expression, names, values = (
                f", #step = :step{expression}",
                names | {"#step": "step"},
                values | {":step": entering},
            )
        back = {":t": held.tokens - spent[0], ":u": held.microusd - spent[1]}
        return self._update(
            execution_id,
            "SET available_tokens = available_tokens + :t, available_microusd = available_microusd + :u, "
            f"spent_tokens = spent_tokens + :st, spent_microusd = spent_microusd + :su{expression} "
            "REMOVE reservations.#id",
            {**back, ":st": spent[0], ":su": spent[1], **values},
            condition=f"attribute_exists(reservations.#id){conditions}",
            names={"#id": reservation_id, **names},
        )

    def _get(self, execution_id: str) -> Execution | None:
        item = self._table.get({"execution_id": execution_id})
        return self._unpacked(item) if item and "document" in item else None

    def _update(
        self, execution_id: str, expression: str, values: Item, *, condition: str, names: dict[str, str]
    ) -> Item:
        return self._table.update({"execution_id": execution_id}, expression, values, condition=condition, names=names)


def _slots(leased: Mapping[str, str], sign: str) -> tuple[str, str, dict[str, str], Item]:
    """`:t` and `:u` out of (-) or back into (+) the slots: expression, condition, names and values."""
    expression = conditions = ""
    for index in range(len(leased)):
        slot = f"leases.#slot{index}"
        expression += f", {slot}.tokens = {slot}.tokens {sign} :t, {slot}.microusd = {slot}.microusd {sign} :u"
        conditions += f" AND {slot}.period = :period{index}"
        if sign == "-":
            conditions += f" AND {slot}.tokens >= :t AND {slot}.microusd >= :u"
    names = {f"#slot{index}": kind for index, kind in enumerate(sorted(leased))}
    values = {f":period{index}": leased[kind] for index, kind in enumerate(sorted(leased))}
    return expression, conditions, names, values
