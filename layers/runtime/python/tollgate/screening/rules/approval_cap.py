"""One execution asks people only so many times. Looked at for a call that would ask, after every other rule."""

from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "approval_cap"


def decide(case: Case) -> Opinion:
    """Refuses a question past the agent's limit of approvals."""
    limit = case.agent.limits.approvals
    if case.standing.approvals_asked < limit:
        return RUN
    return refuse(
        RULE,
        f"this execution has asked {case.standing.approvals_asked} times and may ask {limit}",
        "People were asked as often as this execution allows. Finish without, and say what is left.",
    )
