"""A waiver holds until its review date and below its bounds; past either, the effect asks again."""

from decimal import Decimal
from typing import Any

from tollgate.models.agent import Waiver
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.formats import decimal

RULE = "waiver"


def decide(case: Case) -> Opinion:
    """Asks where the agent's waiver for this tool is out of date or out of bounds."""
    tool = case.effect
    waiver = case.agent.waivers.get(tool.name) if tool else None
    if tool is None or waiver is None or tool.approval_policy != "auto":
        return RUN
    if case.standing.today > waiver.review_by:
        return ask(RULE, f"the waiver for {tool.name} ({waiver.owner}) was to be reviewed by {waiver.review_by}")
    broken = _broken(waiver, case.arguments)
    if broken is not None:
        return ask(RULE, f"the waiver for {tool.name} ({waiver.owner}) does not cover this: {broken}")
    return RUN


def _broken(waiver: Waiver, arguments: dict[str, Any]) -> str | None:
    """The first bound that does not hold. An absent or unreadable number is not below anything."""
    for name, bound in waiver.below.items():
        number = decimal.size(arguments.get(name))
        if number is None or number >= Decimal(repr(bound)):
            what = _what_is_wrong(arguments.get(name), number)
            return f"it holds for {name} below {decimal.canonical(bound)}, and {name} is {what}"
    return None


def _what_is_wrong(given: Any, number: Decimal | None) -> str:
    """Without the value: the card shows it beside its origin."""
    if given is None:
        return "not given"
    return "no plain number" if number is None else "not below that"
