"""What a tool's output may vouch for: the scalars at its `trusted_output` pointers, grouped into records.

A record is what belongs together: one element below the last `*` that has something behind it, with the trusted
fields of everything around it. `/orders/*/id` and `/orders/*/iban` of one order are one record; two orders are two.
Two branches that offer the same field (`/vendor/iban` and `/payee/iban`) are two records too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tollgate.definitions import pointer

Scalar = str | int | float
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A trusted scalar. `name` is the last named step to it, empty for a bare scalar output."""

    name: str
    value: Scalar


@dataclass(frozen=True)
class _Shape:
    """The pointers of one kind of record: the way to it, and the ways to its fields from there."""

    to: Path
    fields: tuple[Path, ...]


def records(pointers: Sequence[str], output: Any) -> list[tuple[Field, ...]]:
    """Every record in an output, in its order; none for a pointer that leads nowhere."""
    found: dict[Path, dict[tuple[str, ...], tuple[Field, ...]]] = {}
    result: list[tuple[Field, ...]] = []
    for shape in _shapes(tuple(pointers)):
        for place, node in _places(output, shape.to, ()):
            own = tuple(field for path in shape.fields for field in _fields(node, path))
            around = _around(found, place)
            found.setdefault(place, {})[shape.fields[0]] = own
            if own:
                result.append((*around, *own))
    return result


def _around(found: Mapping[Path, Mapping[Path, tuple[Field, ...]]], place: Path) -> tuple[Field, ...]:
    """The fields of the records that this one lies in."""
    outer = (place[:length] for length in range(len(place)))
    return tuple(field for path in outer for fields in found.get(path, {}).values() for field in fields)


@lru_cache(maxsize=1024)
def _shapes(pointers: tuple[str, ...]) -> tuple[_Shape, ...]:
    """The kinds of records, outer before inner."""
    by_way: dict[Path, list[Path]] = {}
    for path in (tuple(pointer.split(text)) for text in pointers):
        cut = max((index + 1 for index, step in enumerate(path[:-1]) if step == "*"), default=0)
        by_way.setdefault(path[:cut], []).append(path[cut:])
    shapes = [_Shape(way, branch) for way, fields in by_way.items() for branch in _branches(fields)]
    return tuple(sorted(shapes, key=lambda shape: len(shape.to)))


def _branches(fields: list[Path]) -> list[tuple[Path, ...]]:
    """One branch, unless two branches offer a field of the same name: then each is a record with what lies above."""
    names: dict[str, set[Path]] = {}
    for field in fields:
        names.setdefault(_name(field), set()).add(field[:-1])
    rivals = {parent for parents in names.values() for parent in parents if _has_rival(parent, parents)}
    if not rivals:
        return [tuple(fields)]
    shared = [field for field in fields if not any(field[: len(rival)] == rival for rival in rivals)]
    return [
        (*(f for f in shared if _is_above(f[:-1], rival)), *(f for f in fields if f[: len(rival)] == rival))
        for rival in sorted(rivals)
    ] + [(field,) for field in shared]


def _has_rival(parent: Path, parents: set[Path]) -> bool:
    return any(not _is_above(other, parent) and not _is_above(parent, other) for other in parents)


def _is_above(outer: Path, inner: Path) -> bool:
    return inner[: len(outer)] == outer


def _name(path: Path) -> str:
    return next((step for step in reversed(path) if step != "*"), "")


def _places(node: Any, way: Path, at: Path) -> Iterator[tuple[Path, Any]]:
    """Every node at the end of a way, with the concrete way to it."""
    if not way:
        yield at, node
        return
    for key, inner in _children(node, way[0]):
        yield from _places(inner, way[1:], (*at, key))


def _fields(node: Any, path: Path) -> Iterator[Field]:
    for _, found in _places(node, path, ()):
        for scalar in found if path and isinstance(found, list) else [found]:
            if isinstance(scalar, (str, int, float)) and not isinstance(scalar, bool) and scalar != "":
                yield Field(_name(path), scalar)


def _children(node: Any, step: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if step == "*":
            yield from node.items()
        elif step in node:
            yield step, node[step]
    elif isinstance(node, list):
        if step == "*":
            yield from ((str(index), inner) for index, inner in enumerate(node))
        elif step.isdigit() and int(step) < len(node):
            yield step, node[int(step)]
