"""What the file formats have and no mechanism enforces yet: refused, because silence would be taken for protection.

The list shrinks: whoever builds a mechanism removes its line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tollgate.definitions import pointer as pointers
from tollgate.definitions.problem import Problem
from tollgate.definitions.source import Source


@dataclass(frozen=True)
class Feature:
    """A field of a kind of file; `values` are the ones refused, any but an empty one when there are none."""

    file: Literal["agent", "tool", "workflow"]
    pointer: str
    name: str
    advice: str
    values: tuple[str, ...] = ()


FEATURES: tuple[Feature, ...] = (
    Feature("workflow", "", "workflows", "an agent"),
    Feature("agent", "/memory/knowledge", "`memory.knowledge`", "`memory` without `knowledge`"),
)


def problems(source: Source, file: Literal["agent", "tool", "workflow"]) -> Iterator[Problem]:
    """One error per feature that the file uses."""
    for feature in FEATURES:
        value = _at(source.value, feature.pointer)
        used = value in feature.values if feature.values else bool(value)
        if feature.file == file and used:
            yield source.problem(feature.pointer, f"{feature.name}: not yet enforced", feature.advice)


def _at(value: Any, pointer: str) -> Any:
    for part in pointers.split(pointer):
        value = value.get(part) if isinstance(value, dict) else None
    return value
