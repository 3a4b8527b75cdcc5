"""The input satisfies the agent's schema, as it was sent and as it is cleaned."""

from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.screening import bounds, schema

RULE = "input_schema"


def find(case: AdmissionCase) -> list[Finding]:
    """Rejects with every violation. What is too deep to look into is left to `input_size`."""
    if bounds.too_deep(case.input):
        return []
    found = schema.violations(case.agent.input_schema, case.input)
    if not found and case.cleaned != case.input:
        found = schema.violations(case.agent.input_schema, case.cleaned)
    return [
        rejected(
            RULE,
            f"the input of {case.agent.name}: {violation.as_text()}",
            {"pointer": violation.pointer, "message": f"{violation.expected} (given: {violation.given})"},
            pointer=violation.pointer,
        )
        for violation in found
    ]
