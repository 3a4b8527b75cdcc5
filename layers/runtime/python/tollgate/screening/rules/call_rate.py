"""A principal has a tool called only so often, over all its executions; what cannot be counted is refused."""

from tollgate.models.call_limits import Rate
from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "call_rate"


def decide(case: Case) -> Opinion:
    """Refuses a call without a place among those that the rate allows. The count is a fact of the case."""
    limits, count = case.limits, case.standing.count
    if limits is None or limits.rate is None:
        return RUN
    rate, name = limits.rate, case.call.name
    if count is None:
        return refuse(
            RULE,
            f"the calls of {name} could not be counted, and it may be called {rate.calls} times in {_seconds(rate)}",
            f"{name} could not be checked against its rate, so it was not run. Go on without it.",
            failed=True,
        )
    if count.held or count.others < rate.calls:
        return RUN
    message = f"{name} was called {count.others} times in {_seconds(rate)} for this requester, and may be {rate.calls}"
    return refuse(RULE, message, f"{message}. Go on without it, and say what is left.")


def _seconds(rate: Rate) -> str:
    return f"{rate.per_seconds:,} seconds"
