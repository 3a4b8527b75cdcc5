"""What checking a value against a schema can cost: a few references can ask for billions of checks."""

from typing import Any

from tollgate.definitions import schema_tree as tree

VALUE_DEPTH = 32
"""Arguments deeper than this are refused before any schema sees them."""
MAX_EVALUATIONS = 1_000_000


def loop_in_place(parts: dict[str, Any]) -> str | None:
    """The pointer of a schema that applies to its own place again, so that checking would never end."""
    order = _order(parts)
    return None if order is not None else next(at for at in parts if _reaches_itself(parts, at))


def evaluations(parts: dict[str, Any]) -> int:
    """An upper bound of the schemas evaluated along one path of a value `VALUE_DEPTH` deep, capped a little above
    `MAX_EVALUATIONS`. Needs a schema without a loop in place."""
    order = _order(parts) or []
    cost = dict.fromkeys(parts, 1)
    for _ in range(VALUE_DEPTH):
        deeper: dict[str, int] = {}
        for pointer in order:
            below = max((cost[at] for at in _below(parts[pointer], pointer)), default=0)
            here = sum(deeper[at] for at in _here(parts, pointer))
            deeper[pointer] = min(1 + below + here, MAX_EVALUATIONS + 1)
        cost = deeper
    return cost.get("", 1)


def _here(parts: dict[str, Any], pointer: str) -> list[str]:
    """Parts evaluated at the same place, tests included; a part that is named twice counts twice."""
    schema = parts[pointer]
    if not isinstance(schema, dict):
        return []
    asked = [f"{pointer}/{word}" for word in tree.TESTS_IN_PLACE if word in schema]
    return [*tree.applied(parts, pointer), *asked]


def _below(schema: Any, pointer: str) -> list[str]:
    if not isinstance(schema, dict):
        return []
    asked = [f"{pointer}/{word}" for word in tree.TESTS_BELOW if word in schema]
    return [*(at for _, at, _ in tree.slots(schema, pointer)), *asked]


def _order(parts: dict[str, Any]) -> list[str] | None:
    """Every part after those it applies in place (Kahn's algorithm); None when there is a loop."""
    waiting = {pointer: len(_here(parts, pointer)) for pointer in parts}
    users: dict[str, list[str]] = {pointer: [] for pointer in parts}
    for pointer in parts:
        for at in _here(parts, pointer):
            users[at].append(pointer)
    ready = [pointer for pointer, count in waiting.items() if count == 0]
    order: list[str] = []
    while ready:
        done = ready.pop()
        order.append(done)
        for user in users[done]:
            waiting[user] -= 1
            if waiting[user] == 0:
                ready.append(user)
    return order if len(order) == len(parts) else None


def _reaches_itself(parts: dict[str, Any], start: str) -> bool:
    seen: set[str] = set()
    pending = _here(parts, start)
    while pending:
        at = pending.pop()
        if at == start:
            return True
        if at not in seen:
            seen.add(at)
            pending.extend(_here(parts, at))
    return False
