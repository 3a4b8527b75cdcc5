"""Text that tries to be an instruction is noticed: it rejects, or flags the run so that every effect asks."""

from tollgate.admission import tripwire
from tollgate.admission.case import AdmissionCase, Finding, flagged, rejected
from tollgate.admission.unicode_cleaning import texts

RULE = "injection_tripwire"


def find(case: AdmissionCase) -> list[Finding]:
    """One finding for each pattern that fires in a field, of the severity that the agent chose."""
    found = flagged if case.agent.admission == "flag" else rejected
    return [
        found(RULE, f"{at} reads like an injected instruction ({trip.pattern})", pointer=at, **vars(trip))
        for at, text in texts(case.input)
        for trip in tripwire.trips(text)
    ]
