"""A page of a list: so many items, and the key that the next page begins below."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tollgate.store.dynamodb import Item, Table

T = TypeVar("T")


def page_of(found: Iterable[T], limit: int, key: Callable[[T], str]) -> tuple[list[T], str | None]:
    """The first `limit`, with the key to go on from, or None at the end. Reads one item more than it returns."""
    page: list[T] = []
    for one in found:
        if len(page) == limit:
            return page, key(page[-1])
        page.append(one)
    return page, None


def newest_of_tenant(table: Table, tenant: str, *, before: str | None) -> Iterator[Item]:
    """A tenant's items by `created_key`, newest first; those below `before` alone, if it is given."""
    condition, values = "tenant = :tenant", {":tenant": tenant}
    if before:
        condition += " AND created_key < :before"
        values[":before"] = before
    return table.query(condition, values, index="by_tenant", forward=False, consistent=False)
