"""Which code answers for which kind of check."""

from collections.abc import Callable

from tollgate.checks.bedrock_guardrail import BedrockGuardrail
from tollgate.checks.guardrails_ai import GuardrailsAI
from tollgate.checks.http_check import HttpCheck
from tollgate.checks.nemo import NeMoGuardrails
from tollgate.checks.port import ExternalCheck
from tollgate.models.check import Check, CheckKind

_KINDS: dict[CheckKind, Callable[[Check], ExternalCheck]] = {
    "bedrock_guardrail": BedrockGuardrail,
    "guardrails_ai": GuardrailsAI,
    "nemo": NeMoGuardrails,
    "http": HttpCheck,
}


def external_check(check: Check) -> ExternalCheck:
    """The check behind its definition."""
    return _KINDS[check.kind](check)
