"""Every condition of `scope.require` holds, over the input as sent and as cleaned."""

from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.admission.scope import holds

RULE = "scope_require"


def find(case: AdmissionCase) -> list[Finding]:
    """Rejects with the message of every condition that does not hold."""
    return [
        rejected(RULE, rule.message)
        for rule in case.agent.scope.require
        if not (holds(rule, case.input, case.principal) and holds(rule, case.cleaned, case.principal))
    ]
