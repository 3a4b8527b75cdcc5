"""The memory table. A tenant is the partition: no read can name two of them."""

import json
from itertools import islice

from tollgate.clock import Clock
from tollgate.errors import ConflictError, NotFoundError
from tollgate.models.episode import Episode
from tollgate.store.dynamodb import Item, Table
from tollgate.store.page import page_of

_KEPT_APART = {"tenant", "memory_id", "expires_at"}


class Memory:
    """Table `memory`: pk `tenant`, sk `memory_id`; what has expired is read by nobody and removed in time."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = Table(table)
        self._clock = clock

    def add(self, episode: Episode) -> bool:
        """Writes the episode; False if it was there."""
        try:
            self._table.put(item_of(episode), condition="attribute_not_exists(memory_id)")
        except ConflictError:
            return False
        return True

    def get(self, tenant: str, memory_id: str) -> Episode:
        """The episode. Raises `NotFoundError`, also for another tenant's and for one that has expired."""
        item = self._table.get({"tenant": tenant, "memory_id": memory_id})
        if item is None or item["expires_at"] <= self._clock.now():
            raise NotFoundError(f"there is no memory {memory_id!r}")
        return _episode(item)

    def newest(self, tenant: str, agent: str, limit: int) -> list[Episode]:
        """The agent's latest episodes that have not expired, newest first."""
        return self._page(tenant, f"{agent}:", f"{agent};", limit)

    def page(
        self, tenant: str, *, agent: str | None, limit: int, before: str | None
    ) -> tuple[list[Episode], str | None]:
        """Of one agent newest first, of all of them agent by agent; with the id to go on from, or None at the end."""
        low, high = (f"{agent}:", f"{agent};") if agent else ("!", "~")
        found = self._page(tenant, low, before or high, limit + 1)
        return page_of(found, limit, lambda episode: episode.memory_id)

    def forget(self, tenant: str, memory_id: str) -> None:
        """Removes it for good. Raises `NotFoundError` where there is nothing to forget."""
        self.get(tenant, memory_id)
        self._table.delete({"tenant": tenant, "memory_id": memory_id})

    def _page(self, tenant: str, low: str, below: str, limit: int) -> list[Episode]:
        """`low` <= id < `below`; `;` is the character behind `:`, and no id contains it."""
        values: Item = {":tenant": tenant, ":low": low, ":below": below, ":now": int(self._clock.now())}
        items = self._table.query(
            "tenant = :tenant AND memory_id BETWEEN :low AND :below",
            values,
            forward=False,
            limit=limit + 1,
            filter_expression="expires_at > :now",
        )
        return [_episode(item) for item in islice((item for item in items if item["memory_id"] != below), limit)]


def item_of(episode: Episode) -> Item:
    """As the table holds it."""
    return {
        "tenant": episode.tenant,
        "memory_id": episode.memory_id,
        "expires_at": int(episode.expires_at),
        "document": episode.model_dump_json(exclude=_KEPT_APART),
    }


def _episode(item: Item) -> Episode:
    apart = {name: item[name] for name in _KEPT_APART}
    return Episode.model_validate(json.loads(item["document"]) | apart)
