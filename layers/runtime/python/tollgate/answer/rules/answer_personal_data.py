"""Rule `answer_personal_data`: what the answer tells about people was there before: in the request, or in what a tool
returned in this execution.

That lets an answer repeat what its task is about, and keeps out what the model made up or knows from elsewhere: from
its training, from memory, from another execution.
"""

from collections.abc import Iterator

from tollgate.answer.case import AnswerCase, Objection
from tollgate.answer.strings import readings, strings
from tollgate.detection.detect import detect
from tollgate.detection.personal_data import PERSONAL_DATA
from tollgate.screening.surroundings import holds_alone
from tollgate.screening.text import folded, normal, squeezed

RULE = "answer_personal_data"


def object_to(case: AnswerCase) -> Iterator[Objection]:
    """One objection for each detector at each place; none where the agent allows personal data."""
    policy = case.agent.answer.personal_data
    if policy == "allow":
        return
    seen = _Seen(case)
    for written in strings(case.answer):
        names = {name for name, value in _found(written.text) if policy == "refuse" or not seen.holds(name, value)}
        what = "personal data" if policy == "refuse" else "personal data that neither the request nor a tool named"
        yield from (Objection(RULE, written.at, what, name) for name in sorted(names))


def _found(text: str) -> Iterator[tuple[str, str]]:
    """Detector and value of everything personal, in every reading."""
    for reading in readings(text):
        for finding in detect(reading, PERSONAL_DATA):
            yield finding.detector, reading[finding.start : finding.end]


class _Seen:
    """What was there before; the sources are read when the first value is looked up."""

    def __init__(self, case: AnswerCase) -> None:
        self._case = case
        self._values: set[tuple[str, str]] | None = None
        self._plain: list[str] = []

    def holds(self, detector: str, value: str) -> bool:
        """Whether some source holds the value as a word of its own, however it is grouped or cased."""
        if self._values is None:
            self._plain = [folded(normal(text)) for text in self._case.seen_texts]
            self._values = {
                (name, _form(name, found)) for text in self._case.seen_texts for name, found in _found(text)
            }
        if (detector, _form(detector, value)) in self._values:
            return True
        written = folded(normal(value))
        return any(holds_alone(text, written) for text in self._plain)


def _form(detector: str, value: str) -> str:
    """An address keeps its punctuation, because other punctuation is another address."""
    return folded(normal(value)) if detector == "email_address" else squeezed(value)
