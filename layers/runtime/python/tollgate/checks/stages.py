"""Which checks are asked at a stage, and how their words join those of our own rules."""

from collections.abc import Sequence
from typing import Any

from tollgate.admission.case import Finding
from tollgate.checks.hear import Heard, Question
from tollgate.checks.subject import Subject
from tollgate.models.agent import Agent
from tollgate.models.check import Check
from tollgate.models.verdict import Reason
from tollgate.screening.case import RUN, Opinion, ask, refuse

Spoken = tuple[str, Opinion]
"""A rule's name and its opinion."""


def questions(agent: Agent, subject: Subject) -> list[Question]:
    """Every check of the agent that is asked about this subject."""
    return [Question(check, subject) for check in agent.checks if _applies(check, subject)]


def findings(agent: Agent, asked: Sequence[Question], heard: Sequence[Heard]) -> list[Finding]:
    """At admission. What asks marks the run untrusted; what refuses does as the agent's `admission` says."""
    return [
        _finding(agent, question.check, answer)
        for question, answer in zip(asked, heard, strict=True)
        if answer.verdict != "run"
    ]


def opinions(asked: Sequence[Question], heard: Sequence[Heard]) -> tuple[Spoken, ...]:
    """About a call: opinions like those of our own rules."""
    return tuple(
        (question.check.rule, _opinion(question.check, answer)) for question, answer in zip(asked, heard, strict=True)
    )


def sentence(check: Check, heard: Heard) -> str:
    """A check's word for people."""
    said = heard.message or {"run": "has nothing against it", "ask": "asks for a person"}.get(heard.verdict, "refuses")
    return f"the check {check.name}: {said}"


def _applies(check: Check, subject: Subject) -> bool:
    if subject.stage not in check.at:
        return False
    return subject.stage != "call" or check.calls == "all" or subject.effect


def _finding(agent: Agent, check: Check, heard: Heard) -> Finding:
    reason = Reason(rule=check.rule, message=sentence(check, heard), **_details(heard))
    return Finding("reject" if heard.verdict == "refuse" and agent.admission == "reject" else "flag", reason)


def _opinion(check: Check, heard: Heard) -> Opinion:
    if heard.verdict == "run":
        return RUN
    if heard.verdict == "ask":
        return ask(check.rule, sentence(check, heard), **_details(heard))
    return refuse(check.rule, sentence(check, heard), _to_model(check, heard), **_details(heard))


def _to_model(check: Check, heard: Heard) -> str:
    if heard.failed:
        return f"The check {check.name} could not be heard, so this call was not run. Go on without it."
    return f"This call was refused: {sentence(check, heard)}. Change what it objects to, or go on without the call."


def _details(heard: Heard) -> dict[str, Any]:
    failed: dict[str, Any] = {"failed": True} if heard.failed else {}
    return failed | ({"findings": list(heard.findings)} if heard.findings else {})
