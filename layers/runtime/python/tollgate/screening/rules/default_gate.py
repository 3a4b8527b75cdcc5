"""Every effect asks by default. Only `approval: auto` in the manifest and a waiver in the agent's file lift that."""

from tollgate.screening.case import RUN, Case, Opinion, ask

RULE = "default_gate"


def decide(case: Case) -> Opinion:
    """Asks for every call that is gated by nothing but its manifest; `waiver` looks at whether a waiver holds."""
    tool = case.tool
    if tool is None:
        return RUN
    if not tool.is_effect:
        always = tool.approval_policy == "always"
        return ask(RULE, f"{tool.name} asks every time: its manifest says `approval: always`") if always else RUN
    if tool.approval_policy != "auto":
        return ask(RULE, f"{tool.name} has an effect ({tool.effect}), and effects ask by default")
    if tool.name not in case.agent.waivers:
        return ask(RULE, f"{tool.name} has an effect ({tool.effect}), and agent {case.agent.name} has no waiver for it")
    return RUN
