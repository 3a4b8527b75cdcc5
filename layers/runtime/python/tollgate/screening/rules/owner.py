"""The argument that names what is owned holds only what the principal owns, on every call, reads included."""

from tollgate.screening import sinks
from tollgate.screening.case import RUN, Case, Opinion, refuse
from tollgate.screening.formats import forms
from tollgate.screening.text import quoted

RULE = "owner"


def decide(case: Case) -> Opinion:
    """Refuses a value outside the principal's claim, and a call that leaves the owned argument out."""
    tool = case.tool
    if tool is None or tool.owner is None:
        return RUN
    argument, claim = tool.owner.argument, tool.owner.claim
    kind = sinks.kind_of(tool.formats.get(argument))
    owned = {forms.canonical(kind, value) for value in case.request.principal.claims.get(claim, [])} - {None}
    given = list(sinks.scalars(case.arguments.get(argument), f"/{argument}"))
    if not given:
        return refuse(
            RULE,
            f"{tool.name} was called without {argument}, so nobody can tell whether the requester owns what it acts on",
            f"Give {tool.name} the argument {argument}, with a value that belongs to the requester.",
        )
    foreign = [value for _, value in given if forms.canonical(kind, value) not in owned]
    if not foreign:
        return RUN
    return refuse(
        RULE,
        f"{argument} {quoted(foreign[0])} of {tool.name} is not among the requester's {claim}",
        f"{argument} must be one that belongs to the requester ({claim}); {quoted(foreign[0])} does not.",
        pointer=f"/{argument}",
    )
