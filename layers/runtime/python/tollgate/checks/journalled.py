"""A check is asked once about one thing: its answer is a record, and a retry or redrive reads it.

What could not be heard is a record too and counts for this run of the machine; a redrive asks again. A task that is
cut off between the answer and its record asks again: checks change nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tollgate.canonical import digest
from tollgate.checks.hear import Heard, Question, hear
from tollgate.models.execution import Execution
from tollgate.models.record import Record
from tollgate.store.journal import check_key
from tollgate.store.stores import Stores

Hear = Callable[[Sequence[Question]], list[Heard]]


def answers(
    stores: Stores,
    execution: Execution,
    step: int,
    questions: Sequence[Question],
    records: Iterable[Record],
    hear: Hear = hear,
) -> list[Heard]:
    """One answer per question, in order. `records` are at least those of the step."""
    known = {record.record: record.body for record in records if record.kind == "external_check"}
    keys = [_keys(step, question, execution.redrives) for question in questions]
    found = [_known(known, *pair) for pair in keys]
    missing = [index for index, body in enumerate(found) if body is None]
    for index, heard in zip(missing, hear([questions[index] for index in missing]) if missing else [], strict=True):
        lasting, of_this_run = keys[index]
        body = _body(questions[index], heard)
        key = of_this_run if heard.failed else lasting
        found[index] = stores.journal.write(execution.execution_id, key, "external_check", body, step=step).body
    return [_heard(body) for body in found if body is not None]


def _keys(step: int, question: Question, redrives: int) -> tuple[str, str]:
    """Where an answer is kept, and where a failure to answer is. A changed definition of the check is another one."""
    check, subject = question.check, question.subject
    about = digest([check.model_dump(mode="json"), subject.digest]).removeprefix("sha256:")[:32]
    lasting = check_key(step, subject.at.call, check.name, about)
    return lasting, f"{lasting}#{redrives:03d}"


def _known(known: dict[str, dict[str, Any]], lasting: str, of_this_run: str) -> dict[str, Any] | None:
    return known.get(lasting) or known.get(of_this_run)


def _body(question: Question, heard: Heard) -> dict[str, Any]:
    check, subject = question.check, question.subject
    about = {"call_id": subject.at.call, "tool": subject.tool} if subject.at.call else {}
    return {
        "rule": check.rule,
        "kind": check.kind,
        "stage": subject.stage,
        **about,
        "verdict": heard.verdict,
        "message": heard.message,
        "findings": list(heard.findings),
        "failed": heard.failed,
        "duration_ms": heard.duration_ms,
    }


def _heard(body: dict[str, Any]) -> Heard:
    return Heard(body["verdict"], body["message"], tuple(body["findings"]), body["failed"], body["duration_ms"])
