"""In a run that admission flagged, every effect asks."""

from tollgate.screening.case import RUN, Case, Opinion, ask

RULE = "untrusted_run"


def decide(case: Case) -> Opinion:
    """Asks for every effect of a flagged run."""
    if case.effect is None or not case.standing.untrusted:
        return RUN
    return ask(RULE, f"the request was flagged at admission, so {case.call.name} needs a person")
