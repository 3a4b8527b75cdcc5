"""Where each argument of a call came from, for the person who is asked."""

from dataclasses import dataclass
from typing import Any

from tollgate.definitions import pointer
from tollgate.screening import person_edit, sinks
from tollgate.screening.case import Case
from tollgate.screening.sinks import Value


@dataclass(frozen=True)
class Origin:
    """`kind` is instruction, tool, document, edit, manifest or unknown; `name` says which one."""

    kind: str
    name: str
    trusted: bool

    def as_json(self) -> dict[str, Any]:
        return {"from": self.kind, "name": self.name, "trusted": self.trusted}


def of_call(case: Case) -> dict[str, Any]:
    """JSON Pointer of every scalar argument -> its origin."""
    tool = case.tool
    if tool is None:
        return {}
    found: dict[str, Any] = {}
    for name, value in case.arguments.items():
        listed = {v.pointer: v for v in case.values[name]}
        for at, _ in sinks.scalars(value, pointer.join([name])):
            origin = _of_value(case, listed[at]) if at in listed else Origin("manifest", tool.name, True)
            found[at] = origin.as_json()
    return found


def _of_value(case: Case, value: Value) -> Origin:
    if person_edit.is_approvers(case, value):
        return Origin("edit", "approver", True)
    source = case.evidence.source_of([value])
    if source is not None:
        return Origin(source.kind, source.name, True)
    place = case.evidence.untrusted_place_of(value)
    return Origin("unknown", "", False) if place is None else Origin(place.kind, place.name, False)
