"""No condition of `scope.refuse` holds, over the input as sent and as cleaned."""

from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.admission.scope import holds

RULE = "scope_refuse"


def find(case: AdmissionCase) -> list[Finding]:
    """Rejects with the message of every condition that holds."""
    return [
        rejected(RULE, rule.message)
        for rule in case.agent.scope.refuse
        if holds(rule, case.input, case.principal) or holds(rule, case.cleaned, case.principal)
    ]
