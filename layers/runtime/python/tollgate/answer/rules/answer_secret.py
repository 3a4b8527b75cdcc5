"""Rule `answer_secret`: no answer holds a secret, whoever knows it already. There is no setting for it."""

from collections.abc import Iterator

from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.strings import readings, strings
from tollgate.detection.detect import detect_secrets

RULE = "answer_secret"


def object_to(case: AnswerCase) -> Iterator[Objection]:
    """One objection for each detector at each place."""
    for written in strings(case.answer):
        names = {finding.detector for reading in readings(written.text) for finding in detect_secrets(reading)}
        yield from (Objection(RULE, written.at, "a secret", name) for name in sorted(names))
