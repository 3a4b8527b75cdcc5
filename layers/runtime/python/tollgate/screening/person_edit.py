"""What a person's edit of a call makes theirs: a value that they set, and nothing that the model had proposed.

By value, not by place: a list whose first entry was taken out has moved the model's others, and a form may write them
in other spaces. A value in another spelling, or at another index of its argument, stays the model's.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tollgate.definitions import pointer
from tollgate.screening import identifiers, sinks
from tollgate.screening.formats import forms
from tollgate.screening.identifiers import Identifier
from tollgate.screening.sinks import Value
from tollgate.screening.text import folded, normal

if TYPE_CHECKING:
    from tollgate.screening.case import Case


class Proposal:
    """What the model had proposed before a person edited the call."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = arguments
        self._forms: dict[tuple[str, str], frozenset[str]] = {}
        self._identifiers: dict[str, frozenset[str]] = {}

    def had(self, value: Value) -> bool:
        """Whether the value stood anywhere in the same argument."""
        key = (value.argument, value.kind)
        if key not in self._forms:
            self._forms[key] = frozenset(_form(value.kind, raw) for raw in self._scalars(value.argument))
        return _form(value.kind, value.raw) in self._forms[key]

    def linked(self, argument: str, found: Identifier) -> bool:
        """Whether the same link, address or account stood anywhere in a text of the argument."""
        if argument not in self._identifiers:
            named = (one for raw in self._scalars(argument) for one in identifiers.find(str(raw)))
            self._identifiers[argument] = frozenset(_form(one.kind, one.text) for one in named)
        return _form(found.kind, found.text) in self._identifiers[argument]

    def _scalars(self, argument: str) -> list[str | int | float | bool]:
        """Keys are values, too: an approver who sets what stands behind a key has not set the key."""
        given, at = self._arguments.get(argument), pointer.join([argument])
        return [raw for _, raw in sinks.chosen(given, at, frozenset())]


def is_approvers(case: "Case", value: Value) -> bool:
    """Whether a person who edited the call set this value, with no link of unknown origin left in it."""
    if case.proposal is None or case.proposal.had(value):
        return False
    return not any(case.proposal.linked(value.argument, left) for left in identifiers.unvouched(case.evidence, value))


def unvouched_links(case: "Case", value: Value) -> list[Identifier]:
    """The links, addresses and accounts in a value that no source names, and that no approver wrote into it."""
    found = identifiers.unvouched(case.evidence, value)
    proposal = case.proposal
    return found if proposal is None else [one for one in found if proposal.linked(value.argument, one)]


def _form(kind: str, raw: str | int | float | bool) -> str:
    """What compares alike is one form; what has no canonical one is compared as it reads."""
    return forms.canonical(kind, raw) or f"{type(raw).__name__}:{folded(normal(str(raw)))}"
