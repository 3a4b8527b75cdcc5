"""A call to a tool that the agent does not list is refused, with the tools it has and the nearest name."""

import re

from tollgate.definitions.nearest import nearest
from tollgate.screening.case import RUN, Case, Opinion, refuse
from tollgate.screening.text import quoted

RULE = "unknown_tool"
_SPACE_OF_NAMES = re.compile(r"[.:/]|__")


def decide(case: Case) -> Opinion:
    """Refuses what does not exist for this agent."""
    name = case.call.name
    if case.tool is not None:
        return RUN
    best = _meant(name, case.agent.tools)
    meant = f" Did you mean `{best}`?" if best else ""
    known = ", ".join(sorted(case.agent.tools)) or "none"
    return refuse(
        RULE,
        f"agent {case.agent.name} has no tool {quoted(name)}",
        f"There is no tool {quoted(name)}.{meant} Your tools are: {known}.",
        nearest=best,
    )


def _meant(name: str, known: list[str]) -> str | None:
    """The nearest name; models also write where they think a tool lives, as in `functions.read_invoice`."""
    return nearest(name, known) or nearest(_SPACE_OF_NAMES.split(name)[-1], known)
