"""How often a principal had a tool called lately: one item per agent, tool and principal, in table `executions`.

A call takes its place by one conditional write, so that no two take the last one; the same call twice has one place.
An entry is a digest of the call and when it took its place. Entries that are over stay until their room is needed:
then one write sweeps them out. Between two sweeps the map only grows, so `sweeps` and its size say what is in it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from tollgate.errors import ConflictError
from tollgate.models.call_limits import Rate
from tollgate.models.principal import Principal
from tollgate.store.dynamodb import Item, Table

RACES = 12
"""Writes that may lose to another one. Only sweeping can lose, and the last free place."""


@dataclass(frozen=True)
class Places:
    """What an item says at one moment: other calls in the stretch, and whether this one is among them."""

    others: int
    held: bool


@dataclass(frozen=True)
class Rated:
    """A call of a tool with a rate. `call` names it for ever: `<execution>#<step>#<call>`."""

    agent: str
    tool: str
    principal: Principal
    call: str
    rate: Rate

    @property
    def key(self) -> Item:
        """Beside the start records; no execution's id starts with `rate#`."""
        whose = [self.principal.tenant, self.principal.id, self.agent, self.tool]
        return {"execution_id": f"rate#{json.dumps(whose)}"}

    @property
    def entry(self) -> str:
        return hashlib.sha256(self.call.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class _Seen:
    """An item as it was read; `sweeps` is None where there is none."""

    entries: Mapping[str, float]
    sweeps: int | None


class CallRates:
    """Table `executions`, items `rate#...`, which no index holds; they expire when nothing in them counts any more."""

    def __init__(self, table: str) -> None:
        self._table = Table(table)

    def places(self, rated: Rated, now: float) -> Places:
        """Who has a place now. Reads only."""
        return _places(self._seen(rated).entries, rated, now)

    def take(self, rated: Rated, now: float) -> Places:
        """The call's own place, if one is free; `held` False otherwise. Raises `ConflictError` after `RACES` losses."""
        for _ in range(RACES):
            seen = self._seen(rated)
            places = _places(seen.entries, rated, now)
            if places.held or places.others >= rated.rate.calls:
                return places
            try:
                self._write(rated, seen, now)
            except ConflictError:
                continue
            return Places(places.others, held=True)
        raise ConflictError(f"{rated.tool}: others keep changing the count of its calls")

    def _seen(self, rated: Rated) -> _Seen:
        item = self._table.get(rated.key)
        return _Seen(item["calls"], item["sweeps"]) if item else _Seen({}, None)

    def _write(self, rated: Rated, seen: _Seen, now: float) -> None:
        """Adds the call where there is room on the server; else sweeps, if the item still is what was seen."""
        values: Item = {":expires": int(now) + rated.rate.per_seconds + 60}
        if seen.sweeps is not None and len(seen.entries) < rated.rate.calls and rated.entry not in seen.entries:
            self._table.update(
                rated.key,
                "SET calls.#own = :now, expires_at = :expires",
                {**values, ":now": now, ":most": rated.rate.calls},
                condition="attribute_not_exists(calls.#own) AND size(calls) < :most",
                names={"#own": rated.entry},
            )
            return
        living = {entry: at for entry, at in seen.entries.items() if not _is_over(at, rated, now)}
        values |= {":calls": living | {rated.entry: now}, ":next": (seen.sweeps or 0) + 1}
        condition = "attribute_not_exists(calls)"
        if seen.sweeps is not None:
            condition = "sweeps = :sweeps AND size(calls) = :size"
            values |= {":sweeps": seen.sweeps, ":size": len(seen.entries)}
        expression = "SET calls = :calls, sweeps = :next, expires_at = :expires"
        self._table.update(rated.key, expression, values, condition=condition)


def _places(entries: Mapping[str, float], rated: Rated, now: float) -> Places:
    living = [entry for entry, at in entries.items() if not _is_over(at, rated, now)]
    held = rated.entry in living
    return Places(len(living) - held, held)


def _is_over(at: float, rated: Rated, now: float) -> bool:
    return at + rated.rate.per_seconds <= now
