"""Only so many calls of one turn are looked at."""

from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "calls_per_turn"


def decide(case: Case) -> Opinion:
    """Refuses what stands behind the agent's limit."""
    limit = case.agent.limits.calls_per_turn
    if case.standing.position < limit:
        return RUN
    return refuse(
        RULE,
        f"call {case.standing.position + 1} of a turn in which {limit} are allowed",
        f"Only the first {limit} calls of a turn are run. Propose this call again in a later turn.",
    )
