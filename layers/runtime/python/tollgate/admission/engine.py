"""Whether a request may start at all: size, shape, scope, ownership, and a tripwire for injected instructions.

Pure, like screening: the state machine's task and the dry run call the same function, and a check that fails rejects.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tollgate import documents
from tollgate.admission import unicode_cleaning
from tollgate.admission.case import AdmissionCase, Finding, rejected
from tollgate.admission.checks import (
    injection_tripwire,
    input_schema,
    input_size,
    ownership,
    scope_refuse,
    scope_require,
)
from tollgate.definitions.registry import ToolEntry
from tollgate.models.agent import Agent
from tollgate.models.principal import Principal
from tollgate.models.verdict import AdmissionVerdict, Reason
from tollgate.screening.case import Request

Check = Callable[[AdmissionCase], list[Finding]]

CHECKS: Mapping[str, Check] = {
    module.RULE: module.find
    for module in (input_size, input_schema, scope_refuse, scope_require, ownership, injection_tripwire)
}
"""Every check looks; no order changes the verdict."""

_STRICTNESS: tuple[AdmissionVerdict, ...] = ("accept", "flag", "reject")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admission:
    """The verdict with all reasons. `cleaned_input` goes into prompts; `removed` says what the cleaning took out."""

    verdict: AdmissionVerdict
    reasons: tuple[Reason, ...]
    cleaned_input: dict[str, Any]
    violations: tuple[Mapping[str, str], ...] = ()
    removed: Mapping[str, Mapping[str, int]] | None = None

    def joined(self, findings: list[Finding]) -> "Admission":
        """The same with what checks outside of us found."""
        verdicts: list[AdmissionVerdict] = [self.verdict, *(finding.severity for finding in findings)]
        reasons = (*self.reasons, *(finding.reason for finding in findings))
        return replace(self, verdict=max(verdicts, key=_STRICTNESS.index), reasons=reasons)


def admit(agent: Agent, tools: Mapping[str, ToolEntry], input: dict[str, Any], principal: Principal) -> Admission:
    """Never `accept` unless every check has nothing to say. Never raises."""
    listed = {name: tools[name] for name in agent.tools if name in tools}
    try:
        cleaned, removed = _cleaned(agent, input)
    except Exception as error:
        return _admission([_broken("unicode_cleaning", error)], {}, {})
    case = AdmissionCase(agent, listed, input, cleaned, principal)
    findings = [finding for name, check in CHECKS.items() for finding in _heard(name, check, case)]
    return _admission(findings, cleaned, removed)


def request_of(agent: Agent, input: dict[str, Any], principal: Principal) -> Request:
    """The request as screening sees it: what was typed as an instruction, and everything else as documents."""
    instructions = tuple(text for _, text in documents.instruction_fields(agent, input))
    return Request(instructions, dict(documents.document_fields(agent, input)), principal)


def _cleaned(agent: Agent, input: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
    typed = {"/" + path for path, _ in documents.instruction_fields(agent, input)}
    cleaned = _clean(input, "", typed)
    counts = {at: dict(unicode_cleaning.removed(text)) for at, text in unicode_cleaning.texts(input)}
    return cleaned, {at: found for at, found in counts.items() if found}


def _clean(value: Any, path: str, typed: set[str]) -> Any:
    """Instructions in NFKC, everything else as it is; both without invisible characters."""
    if path in typed:
        return unicode_cleaning.mapped(value, unicode_cleaning.cleaned_instruction)
    if isinstance(value, dict):
        return {key: _clean(inner, f"{path}/{key}", typed) for key, inner in value.items()}
    return unicode_cleaning.mapped(value, unicode_cleaning.cleaned_document)


def _heard(name: str, check: Check, case: AdmissionCase) -> list[Finding]:
    """The check's findings; a rejection where it raises or says nothing that can be understood."""
    try:
        said: object = check(case)
    except Exception as error:
        return [_broken(name, error)]
    if isinstance(said, list) and all(isinstance(f, Finding) and f.severity in ("flag", "reject") for f in said):
        return said
    return [_broken(name, TypeError(f"answered {type(said).__name__}"))]


def _broken(name: str, error: Exception) -> Finding:
    """Fails closed. The error's text stays out: it may quote the input."""
    _log.error("admission check failed", extra={"rule": name, "error": type(error).__name__})
    said = f"the check {name} failed ({type(error).__name__}), and a check that fails rejects"
    return rejected(name, said, failed=True)


def _admission(findings: list[Finding], cleaned: dict[str, Any], removed: dict[str, dict[str, int]]) -> Admission:
    severities = {finding.severity for finding in findings}
    verdict: AdmissionVerdict = "reject" if "reject" in severities else "flag" if severities else "accept"
    return Admission(
        verdict=verdict,
        reasons=tuple(finding.reason for finding in findings),
        cleaned_input=cleaned,
        violations=tuple(finding.violation for finding in findings if finding.violation is not None),
        removed=removed,
    )
