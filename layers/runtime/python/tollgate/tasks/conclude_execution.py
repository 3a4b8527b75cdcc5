"""ConcludeExecution: an execution is completed only by an answer of the agent's shape that nothing objects to."""

from dataclasses import dataclass
from typing import Any, NoReturn

from tollgate.answer import engine
from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.parse import parse_answer
from tollgate.checks import journalled, stages
from tollgate.checks.hear import Heard, Question
from tollgate.checks.subject import Place, of_answer
from tollgate.conversation import Turn, turns
from tollgate.definitions.registry import AgentEntry, Registry
from tollgate.errors import AnswerRefusedError, LimitReachedError
from tollgate.memory.remember import remember
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.offered import offered
from tollgate.proposal.facts import evidence_of
from tollgate.store.stores import Stores


def run(stores: Stores, registry: Registry, event: dict[str, Any]) -> dict[str, Any]:
    """Returns `{execution, outcome}`. Raises `AnswerRefusedError` the first time, `LimitReachedError` the second."""
    execution = stores.executions.opened(event["execution"], int(event.get("redrives", 0)))
    step = int(event["step"])
    records = list(stores.journal.of_execution(execution.execution_id))
    history = turns(records)
    turn = next((turn for turn in history if turn.step == step), None)
    if turn is None:
        raise LimitReachedError("there is no answer to conclude with")
    entry = registry.agent(execution.agent)
    before = [turn for turn in history if turn.step < step]
    answer, complaint = parse_answer(turn.response, entry.definition.output_schema)
    if complaint is not None:
        _refuse(stores, execution, step, _Judged(complaint), before)
    judged = _Judging(stores, registry, entry, execution, step, records, before).of(answer)
    if judged.complaint is not None:
        _refuse(stores, execution, step, judged, before)
    stores.executions.conclude(execution.execution_id, outcome="completed", reason=None, summary=None, output=answer)
    kept = remember(stores, entry.definition, execution, history, answer)
    body = {"outcome": "completed", "rules": judged.rules, **kept}
    stores.journal.write(execution.execution_id, f"{step:06d}#60#outcome", "outcome", body, step=step)
    return {"execution": execution.execution_id, "outcome": "completed"}


@dataclass(frozen=True)
class _Judged:
    """What is held against an answer. `rules` is what every rule and check said, for the trace."""

    complaint: str | None = None
    objections: tuple[Objection, ...] = ()
    rules: dict[str, str] | None = None


@dataclass(frozen=True)
class _Judging:
    """One answer before our own rules and then, if they have nothing against it, before external checks."""

    stores: Stores
    registry: Registry
    entry: AgentEntry
    execution: Execution
    step: int
    records: list[Record]
    before: list[Turn]

    def of(self, answer: Any) -> _Judged:
        """Raises `LimitReachedError` where a check could not be heard: no other answer would help."""
        found = engine.objections(self._case(answer))
        against = {objection.rule for objection in found}
        rules = {rule: "refuse" if rule in against else "run" for rule in engine.RULES}
        if found:
            return _Judged(engine.complaint(found), tuple(found), rules)
        agent, at = self.entry.definition, Place(self.execution.execution_id, self.step)
        asked = stages.questions(agent, of_answer(agent, answer, at))
        return self._external(asked, rules)

    def _external(self, asked: list[Question], rules: dict[str, str]) -> _Judged:
        """An answer cannot be asked about: what would ask refuses."""
        execution, step = self.execution, self.step
        heard = journalled.answers(self.stores, execution, step, asked, self.records)
        rules |= {
            q.check.rule: "run" if word.verdict == "run" else "refuse" for q, word in zip(asked, heard, strict=True)
        }
        against = [pair for pair in zip(asked, heard, strict=True) if pair[1].verdict != "run"]
        unheard = [stages.sentence(question.check, word) for question, word in against if word.failed]
        if unheard:
            self.stores.executions.stopping(execution.execution_id, "answer")
            raise LimitReachedError("; ".join(unheard))
        found = tuple(_objection(question, word) for question, word in against)
        return _Judged(engine.complaint(list(found)) if found else None, found, rules)

    def _case(self, answer: Any) -> AnswerCase:
        agent = self.entry.definition
        tools = offered(self.registry, agent, self.before)
        evidence = evidence_of(tools, agent, self.execution, self.before)
        return AnswerCase(agent, self.entry.instructions, answer, evidence, self.before)


def _objection(question: Question, heard: Heard) -> Objection:
    return Objection(question.check.rule, "", stages.sentence(question.check, heard), ", ".join(heard.findings))


def _refuse(stores: Stores, execution: Execution, step: int, judged: _Judged, before: list[Turn]) -> NoReturn:
    """Raises, with what was wrong on record; the second time it is the limit."""
    message = judged.complaint or ""
    body = {"message": message, "objections": [one.as_json() for one in judged.objections], "rules": judged.rules}
    key = f"{step:06d}#50#answer_refused"
    stores.journal.write(execution.execution_id, key, "answer_refused", body, step=step)
    if _refused_before(before):
        stores.executions.stopping(execution.execution_id, "answer")
        raise LimitReachedError(message)
    raise AnswerRefusedError(message)


def _refused_before(before: list[Turn]) -> bool:
    """Whether an answer of an earlier step was refused, tool calls in between or not."""
    return any(turn.answer_refused is not None for turn in before)
