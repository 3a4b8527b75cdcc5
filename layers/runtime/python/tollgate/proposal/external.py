"""What external checks say about the calls of one screening, heard once and side by side before any of them is decided.

A call that our own rules refuse is shown to nobody else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tollgate.checks import journalled, stages
from tollgate.checks.hear import Question
from tollgate.checks.stages import Spoken
from tollgate.checks.subject import Place, of_call
from tollgate.models.record import Record
from tollgate.proposal.facts import Facts
from tollgate.screening.case import Opinion, refuse
from tollgate.store.stores import Stores


@dataclass(frozen=True)
class Candidate:
    """A call that our own rules let through, with the arguments that would run."""

    call_id: str
    tool: str
    arguments: dict[str, Any]


class External:
    """The opinions by call id. A call that was never shown to a check has that check's refusal."""

    def __init__(self, spoken: Mapping[str, tuple[Spoken, ...]], rules: tuple[str, ...]) -> None:
        self._spoken = spoken
        self._unasked = tuple((rule, _not_asked(rule)) for rule in rules)

    def of(self, call_id: str) -> tuple[Spoken, ...]:
        """What was said about the call."""
        return self._spoken.get(call_id, self._unasked)


def heard(stores: Stores, facts: Facts, records: Iterable[Record], candidates: Iterable[Candidate]) -> External:
    """Asks every check about every candidate that it sees; journalled answers are read.

    The candidates of an agent without a check for calls are not even looked for.
    """
    rules = tuple(check.rule for check in facts.agent.checks if "call" in check.at)
    if not rules:
        return External({}, ())
    asked = {candidate.call_id: _questions(facts, candidate) for candidate in candidates}
    questions = [question for of_call in asked.values() for question in of_call]
    step = facts.turn.step
    of_step = [record for record in records if record.step == step]
    answers = iter(journalled.answers(stores, facts.execution, step, questions, of_step))
    spoken = {call_id: stages.opinions(of_call, [next(answers) for _ in of_call]) for call_id, of_call in asked.items()}
    return External(spoken, rules)


def _questions(facts: Facts, candidate: Candidate) -> list[Question]:
    manifest = facts.tools[candidate.tool].manifest
    at = Place(facts.execution.execution_id, facts.turn.step, candidate.call_id)
    return stages.questions(facts.agent, of_call(facts.agent, manifest, candidate.arguments, at))


def _not_asked(rule: str) -> Opinion:
    said = "This call could not be checked, so it was not run. Go on without it."
    return refuse(rule, "the check was not asked about this call", said, failed=True)
