"""Identifiers in the request belong to the requester: a field named like a tool's owned argument is in the claim.

Screening looks again at every call; here the request fails before anything is paid for.
"""

from collections.abc import Iterator
from typing import Any

from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.definitions import pointer
from tollgate.models.tool import Tool
from tollgate.screening import sinks
from tollgate.screening.formats import forms
from tollgate.screening.text import shown

RULE = "ownership"


def find(case: AdmissionCase) -> list[Finding]:
    """Rejects every owned field, at any depth, whose value is not among the principal's claim."""
    tools = [entry.manifest for entry in case.tools.values() if entry.manifest.owner]
    return [finding for tool in tools for finding in _of_tool(case, tool)]


def _of_tool(case: AdmissionCase, tool: Tool) -> Iterator[Finding]:
    if tool.owner is None:
        return
    argument, claim = tool.owner.argument, tool.owner.claim
    kind = sinks.kind_of(tool.formats.get(argument))
    owned = {forms.canonical(kind, value) for value in case.principal.claims.get(claim, [])} - {None}
    for at, value in _named(case.cleaned, argument, ""):
        if forms.canonical(kind, value) not in owned:
            said = f"{at} {shown(value)!r} is not among your {claim}"
            yield rejected(RULE, said, {"pointer": at, "message": said}, pointer=at)


def _named(value: Any, name: str, at: str) -> Iterator[tuple[str, Any]]:
    """Every scalar of every field of that name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = pointer.child(at, key)
            yield from sinks.scalars(inner, below) if key == name else _named(inner, name, below)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _named(inner, name, pointer.child(at, index))
