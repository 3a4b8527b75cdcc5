"""A call to a tool that the agent does not list is refused, with the tools it has and the nearest name."""

from tollgate.definitions.nearest import nearest
from tollgate.screening.case import RUN, Case, Opinion, refuse
from tollgate.screening.text import shown

RULE = "unknown_tool"


def decide(case: Case) -> Opinion:
    """Refuses what does not exist for this agent."""
    name = case.call.name
    if case.tool is not None:
        return RUN
    best = nearest(name, case.agent.tools)
    meant = f" Did you mean `{best}`?" if best else ""
    known = ", ".join(sorted(case.agent.tools)) or "none"
    return refuse(
        RULE,
        f"agent {case.agent.name} has no tool {shown(name)!r}",
        f"There is no tool {shown(name)!r}.{meant} Your tools are: {known}.",
        nearest=best,
    )
