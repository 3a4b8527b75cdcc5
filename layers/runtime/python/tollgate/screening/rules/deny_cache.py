"""What a person refused is not asked again in this execution: the same tool and sinks, whatever the other text."""

from tollgate.screening import sinks
from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "deny_cache"


def decide(case: Case) -> Opinion:
    """Refuses a call that carries the same authority as one that a person refused."""
    tool = case.tool
    refused = case.standing.refused
    if tool is None or not refused or sinks.refusal_key(tool, case.arguments) not in refused:
        return RUN
    return refuse(
        RULE,
        f"a person refused {tool.name} with these values in this execution",
        f"A person refused {tool.name} with these values. That is final: do not propose it again; go on without it.",
    )
