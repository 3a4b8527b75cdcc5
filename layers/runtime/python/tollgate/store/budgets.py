"""The outer scopes' items: limits, what is left in this period, and the leases that are changing hands.

An item holds `available` = limit - spent - leased, so that a lease is one comparison on the server, and stays small:
only leases and returns under way are listed in `open`. A new period begins with the first write in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tollgate.budget.amount import Amount
from tollgate.budget.scopes import Scope
from tollgate.errors import ConflictError
from tollgate.store.dynamodb import Item, Table

_RACES = 10


@dataclass(frozen=True)
class Entry:
    """One lease or return under way. It has taken effect when the execution's slot names its id."""

    id: str
    kind: Literal["lease", "return"]
    execution_id: str
    number: int
    """The slot's number before it."""
    moved: Amount
    spent: Amount
    expires_at: float
    """A process that has not finished by then never will."""


@dataclass(frozen=True)
class ScopeState:
    """A scope's item. A limit is None where it was never set; `available` then counts from zero downwards."""

    period: str
    limit_tokens: int | None
    limit_microusd: int | None
    available: Amount
    spent: Amount
    notified: int
    second: int
    changes: int
    """How many leases and returns began in that second; advisory (`tollgate.budget.pace`)."""
    open: Mapping[str, Entry]

    @property
    def leased(self) -> Amount:
        """Held by executions under way; part of it may be spent already."""
        return Amount(self.limit_tokens or 0, self.limit_microusd or 0) - self.available - self.spent

    @property
    def rest(self) -> Amount:
        """What may still be leased; without a limit, without end."""
        endless = 10**15
        return Amount(
            endless if self.limit_tokens is None else self.available.tokens,
            endless if self.limit_microusd is None else self.available.microusd,
        )

    @property
    def used_percent(self) -> float:
        """The larger share of the two limits that is spent or leased."""
        used = self.spent + self.leased
        shares = [
            100 * part / limit
            for part, limit in ((used.tokens, self.limit_tokens), (used.microusd, self.limit_microusd))
            if limit
        ]
        return max(shares, default=0.0)


class Budgets:
    """Table `budgets`: pk `scope`. A scope without an item is unlimited."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def read(self, scope: Scope, period: str) -> ScopeState | None:
        """The scope in this period, or None where no limit was ever set."""
        item = self._table.get({"scope": scope.key})
        if item is not None and item["period"] < period:
            item = self._begin_period(scope, period)
        return _state(item) if item else None

    def limit(self, scope: Scope, period: str, *, tokens: int | None, microusd: int | None) -> ScopeState:
        """Sets limits; what is left moves by the difference, and may fall below zero: then nothing is leased."""
        for _ in range(_RACES):
            before = self.read(scope, period) or self._create(scope, period)
            try:
                return self._limit(scope, before, tokens=tokens, microusd=microusd)
            except ConflictError:
                continue
        raise ConflictError(f"{scope.label} is being changed by others; look at it and try again")

    def take(self, scope: Scope, seen: ScopeState, entry: Entry, second: int) -> ScopeState | None:
        """Takes the entry's amount out of what is left, in one conditional write; None where it does not fit."""
        return self._write(
            scope,
            "SET available_tokens = available_tokens - :t, available_microusd = available_microusd - :u, "
            f"#open.#id = :entry, {_beat(seen, second)}",
            {":t": entry.moved.tokens, ":u": entry.moved.microusd, **_listed(entry, seen, second)},
            condition="period = :period AND attribute_not_exists(#open.#id) "
            "AND (attribute_not_exists(limit_tokens) OR available_tokens >= :t) "
            "AND (attribute_not_exists(limit_microusd) OR available_microusd >= :u)",
            entry_id=entry.id,
        )

    def announce(self, scope: Scope, seen: ScopeState, entry: Entry, second: int) -> ScopeState | None:
        """Lists a return that is about to happen; nothing moves yet. None where the period is over."""
        return self._write(
            scope,
            f"SET #open.#id = :entry, {_beat(seen, second)}",
            _listed(entry, seen, second),
            condition="period = :period",
            entry_id=entry.id,
        )

    def give_back(self, scope: Scope, entry: Entry) -> None:
        """Puts the entry's amount back and its spend on the books, once: the entry goes in the same write."""
        self._write(
            scope,
            "SET available_tokens = available_tokens + :t, available_microusd = available_microusd + :u, "
            "spent_tokens = spent_tokens + :st, spent_microusd = spent_microusd + :su REMOVE #open.#id",
            {
                ":t": entry.moved.tokens,
                ":u": entry.moved.microusd,
                ":st": entry.spent.tokens,
                ":su": entry.spent.microusd,
            },
            condition="attribute_exists(#open.#id)",
            entry_id=entry.id,
        )

    def forget(self, scope: Scope, entry_id: str) -> None:
        """Takes an entry off the list; what it moved stays moved."""
        self._write(scope, "REMOVE #open.#id", {}, condition="attribute_exists(#open.#id)", entry_id=entry_id)

    def notify(self, scope: Scope, period: str, percent: int) -> bool:
        """True for the one caller that may tell about crossing `percent` in this period."""
        values = {":percent": percent, ":period": period}
        try:
            self._table.update(
                {"scope": scope.key},
                "SET notified = :percent",
                values,
                condition="period = :period AND notified < :percent",
            )
        except ConflictError:
            return False
        return True

    def _write(
        self, scope: Scope, expression: str, values: Item, *, condition: str, entry_id: str
    ) -> ScopeState | None:
        names = {"#open": "open", "#id": entry_id} | ({"#second": "second"} if "#second" in expression else {})
        try:
            return _state(
                self._table.update({"scope": scope.key}, expression, values, condition=condition, names=names)
            )
        except ConflictError:
            return None

    def _create(self, scope: Scope, period: str) -> ScopeState:
        item: Item = {"scope": scope.key, "tenant": scope.tenant, "period": period, "notified": 0, "open": {}}
        item |= {"second": 0, "changes": 0}
        item |= {f"{kind}_{unit}": 0 for kind in ("available", "spent") for unit in ("tokens", "microusd")}
        try:
            self._table.put(item, condition="attribute_not_exists(#scope)", names={"#scope": "scope"})
        except ConflictError:
            return _state(self._table.get({"scope": scope.key}) or item)
        return _state(item)

    def _limit(self, scope: Scope, before: ScopeState, *, tokens: int | None, microusd: int | None) -> ScopeState:
        parts: list[str] = []
        conditions: list[str] = ["period = :period"]
        values: Item = {":period": before.period, ":zero": 0}
        for unit, new, old in (
            ("tokens", tokens, before.limit_tokens),
            ("microusd", microusd, before.limit_microusd),
        ):
            if new is None:
                continue
            parts.append(f"limit_{unit} = :{unit}, available_{unit} = available_{unit} + :more_{unit}")
            values |= {f":{unit}": new, f":more_{unit}": new - (old or 0)}
            conditions.append(_unchanged(f"limit_{unit}", old, values))
        return _state(
            self._table.update(
                {"scope": scope.key},
                f"SET {', '.join(parts)}, notified = :zero",
                values,
                condition=" AND ".join(conditions),
            )
        )

    def _begin_period(self, scope: Scope, period: str) -> Item | None:
        """All of the limits is available again; leases of the last period are worth nothing in this one."""
        try:
            return self._table.update(
                {"scope": scope.key},
                "SET period = :period, spent_tokens = :zero, spent_microusd = :zero, notified = :zero, "
                "available_tokens = if_not_exists(limit_tokens, :zero), "
                "available_microusd = if_not_exists(limit_microusd, :zero), #open = :none",
                {":period": period, ":zero": 0, ":none": {}},
                condition="period < :period",
                names={"#open": "open"},
            )
        except ConflictError:
            return self._table.get({"scope": scope.key})


def _beat(seen: ScopeState, second: int) -> str:
    """Counts the change in its second. Unconditional: a lost count is no harm, a failed write would be."""
    return "changes = changes + :one" if seen.second == second else "#second = :second, changes = :one"


def _listed(entry: Entry, seen: ScopeState, second: int) -> Item:
    values: Item = {":entry": _packed(entry), ":period": seen.period, ":one": 1}
    return values if seen.second == second else values | {":second": second}


def _unchanged(attribute: str, old: int | None, values: Item) -> str:
    if old is None:
        return f"attribute_not_exists({attribute})"
    values[f":old_{attribute}"] = old
    return f"{attribute} = :old_{attribute}"


def _packed(entry: Entry) -> str:
    """One short line: the item is written for every change, and billed and limited by the kilobyte."""
    amounts = (entry.moved.tokens, entry.moved.microusd, entry.spent.tokens, entry.spent.microusd)
    return "|".join(map(str, (entry.kind, entry.execution_id, entry.number, *amounts, int(entry.expires_at))))


def _entry(entry_id: str, packed: str) -> Entry:
    kind, execution_id, *numbers = packed.split("|")
    number, tokens, microusd, spent_tokens, spent_microusd, expires_at = map(int, numbers)
    return Entry(
        id=entry_id,
        kind="lease" if kind == "lease" else "return",
        execution_id=execution_id,
        number=number,
        moved=Amount(tokens, microusd),
        spent=Amount(spent_tokens, spent_microusd),
        expires_at=expires_at,
    )


def _state(item: Item) -> ScopeState:
    return ScopeState(
        period=item["period"],
        limit_tokens=item.get("limit_tokens"),
        limit_microusd=item.get("limit_microusd"),
        available=Amount(item["available_tokens"], item["available_microusd"]),
        spent=Amount(item["spent_tokens"], item["spent_microusd"]),
        notified=item["notified"],
        second=item["second"],
        changes=item["changes"],
        open={entry_id: _entry(entry_id, packed) for entry_id, packed in item["open"].items()},
    )
