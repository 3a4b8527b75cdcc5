"""An agent stays inside its tools: a proposal of a deployed tool that it does not list is an incident, not a typo.

The model was never told that name, so somebody else told it.
"""

from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "tool_boundary"


def decide(case: Case) -> Opinion:
    """Refuses a tool that is deployed but not listed by the agent, and marks the reason as an incident."""
    entry = case.tools.get(case.call.name)
    if entry is None or case.call.name in case.agent.tools:
        return RUN
    effect = entry.manifest.effect
    listed = [case.tools[name].manifest for name in case.agent.tools if name in case.tools]
    read_only = not any(tool.is_effect for tool in listed)
    kind = "read-only agent" if read_only else "agent"
    return refuse(
        RULE,
        f"{kind} {case.agent.name} proposed {case.call.name}, a {effect} outside its tools",
        f"{case.call.name} is outside your tools. Go on with the tools you have.",
        incident=True,
        effect=effect,
        read_only_agent=read_only,
    )
