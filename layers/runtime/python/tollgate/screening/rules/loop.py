"""A call that came back twice with the same result, with nothing new in between, is not made a third time."""

from tollgate.screening.case import RUN, Case, Opinion, refuse

RULE = "loop"


def decide(case: Case) -> Opinion:
    """Refuses what `tollgate.repetition` says goes round in circles; a person's word is something new."""
    if case.standing.repetition == "run" or case.standing.decided is not None:
        return RUN
    return refuse(
        RULE,
        f"{case.call.name} was called again with the same arguments and the same result, with nothing new in between",
        f"You called {case.call.name} with these arguments before and had the same result, and nothing new has "
        "happened since, so it was not called again. Use the results that you have, try something else, or give your "
        "final answer. If you call it once more, the execution ends.",
    )
