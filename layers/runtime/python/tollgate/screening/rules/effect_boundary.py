"""An agent stays inside its effects: a read-only agent that proposes a deployed effect is an incident, not a typo."""

from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "effect_boundary"


def decide(case: Case) -> Opinion:
    """Refuses an effect that is deployed but not listed by the agent; marks it as an incident for a read-only agent."""
    entry = case.tools.get(case.call.name)
    if entry is None or case.call.name in case.agent.tools or not entry.manifest.is_effect:
        return RUN
    effect = entry.manifest.effect
    listed = [case.tools[name].manifest for name in case.agent.tools if name in case.tools]
    read_only = not any(tool.is_effect for tool in listed)
    kind = "read-only agent" if read_only else "agent"
    return refuse(
        RULE,
        f"{kind} {case.agent.name} proposed {case.call.name}, a {effect} outside its tools",
        f"{case.call.name} is outside your tools. Go on with the tools you have.",
        incident=read_only,
        effect=effect,
    )
