"""An amount above the agent's ceiling for a tool is refused, or asked about where the agent says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tollgate.definitions import pointer
from tollgate.models.tool import Tool
from tollgate.screening.case import RUN, Case, Opinion, ask, refuse
from tollgate.screening.formats import currency as currencies
from tollgate.screening.formats import decimal
from tollgate.screening.place import listed
from tollgate.screening.text import normal

RULE = "spend_ceiling"


def decide(case: Case) -> Opinion:
    """The strictest word on any bounded argument. What cannot be compared with its ceiling is never below it."""
    limits, tool = case.limits, case.tool
    if limits is None or tool is None:
        return RUN
    said = [_on(tool, case.arguments, name, most) for name, most in limits.ceiling.items()]
    found = [finding for finding in said if finding is not None]
    past = next((finding for finding in found if finding.is_past), None)
    if past is not None and "ceiling" not in limits.ask:
        told = f"{past.message}. Nobody can let this through: propose less only if less was asked for."
        return refuse(RULE, past.message, told, pointer=past.pointer)
    return ask(RULE, found[0].message, pointer=found[0].pointer) if found else RUN


@dataclass(frozen=True)
class _Finding:
    """What is wrong with one argument. `is_past` False: it is not said, and a person may know."""

    message: str
    pointer: str
    is_past: bool


def _on(tool: Tool, arguments: Mapping[str, Any], name: str, most: float | dict[str, float]) -> _Finding | None:
    """What an argument holds against the call; a ceiling by currency needs the currency, too."""
    given, currency, at = _given(tool, arguments, name), _currency(tool, arguments, name), pointer.join([name])
    by_currency = isinstance(most, dict)
    if given is None or (by_currency and currency is None):
        missing = name if given is None else f"the currency of {name}"
        return _Finding(f"{tool.name} does not say {missing}, so nobody can tell whether it is too much", at, False)
    bound = most.get(currency or "") if isinstance(most, dict) else most
    if bound is None:
        return _Finding(_without_ceiling(tool, name, currency, most), at, True)
    size = decimal.size(given)
    if size is not None and size <= Decimal(repr(bound)):
        return None
    what = "above" if size is not None else "no plain number, so nobody can tell that it is below"
    limit = f"{decimal.canonical(bound)} {currency}" if by_currency else decimal.canonical(bound)
    return _Finding(f"{name} of {tool.name} is {what} the ceiling of {limit}", at, True)


def _without_ceiling(tool: Tool, name: str, currency: str | None, most: Any) -> str:
    """Names a currency by its code alone: any other word for one is the model's own."""
    declared = tool.formats.get(name)
    said = pointer.join([declared["decimal"]]) if isinstance(declared, dict) else ""
    given = currency if currency in currencies.CODES else f"what {said} says"
    others = f", only in {listed(most)}" if most else ""
    return f"{tool.name} has no ceiling for {name} in {given}{others}"


def _given(tool: Tool, arguments: Mapping[str, Any], name: str) -> Any:
    """The argument, or the default that its schema declares; None where there is neither."""
    value = arguments.get(name)
    schema = tool.input_schema.get("properties", {}).get(name)
    return schema.get("default") if value is None and isinstance(schema, dict) else value


def _currency(tool: Tool, arguments: Mapping[str, Any], name: str) -> str | None:
    """The currency that the argument's declared format points at, as a code where it is one."""
    declared = tool.formats.get(name)
    said = _given(tool, arguments, declared["decimal"]) if isinstance(declared, dict) else None
    return currencies.canonical(normal(said)) or said if isinstance(said, str) and said else None
