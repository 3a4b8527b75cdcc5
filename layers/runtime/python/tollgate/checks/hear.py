"""Every check is heard, at once and for so long and no longer; what is not heard counts as its `on_error`."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tollgate.checks.port import CheckFailedError, ExternalCheck, Word
from tollgate.checks.select import external_check
from tollgate.checks.subject import Subject
from tollgate.models.check import Check
from tollgate.models.verdict import CallVerdict

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """One check about one subject."""

    check: Check
    subject: Subject


@dataclass(frozen=True)
class Heard:
    """What counts. `failed` is True where the check gave no answer of its own."""

    verdict: CallVerdict
    message: str = ""
    findings: tuple[str, ...] = ()
    failed: bool = False
    duration_ms: int = 0


@dataclass
class _Asked:
    """One question under way in a thread of its own, which is left behind when its time is over."""

    question: Question
    port: Callable[[Check], ExternalCheck]
    started: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)
    said: object = None
    error: BaseException | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name=self.question.check.rule).start()

    def _run(self) -> None:
        check = self.question.check
        try:
            self.said = self.port(check).check(self.question.subject, check.timeout_seconds)
        except BaseException as error:  # whatever ends the thread must not look like an answer
            self.error = error
        finally:
            self.over.set()

    def heard(self) -> Heard:
        """The answer, or the failure, as soon as it is there or the time is over."""
        seconds = self.question.check.timeout_seconds
        in_time = self.over.wait(max(0.0, self.started + seconds - time.monotonic()))
        spent = round((time.monotonic() - self.started) * 1000)
        if not in_time:
            return self._failed(f"it did not answer within {seconds:g} seconds", spent)
        if self.error is not None:
            return self._failed(_told(self.error), spent)
        if isinstance(self.said, Word) and self.said.verdict in ("run", "ask", "refuse"):
            return Heard(self.said.verdict, self.said.message, self.said.findings, duration_ms=spent)
        return self._failed(f"it answered {type(self.said).__name__}", spent)

    def _failed(self, why: str, spent: int) -> Heard:
        check = self.question.check
        _log.error("external check failed", extra={"rule": check.rule, "why": why})
        return Heard(check.on_error, f"could not be heard: {why}", failed=True, duration_ms=spent)


def hear(questions: Sequence[Question], port: Callable[[Check], ExternalCheck] = external_check) -> list[Heard]:
    """One answer per question, in order; never raises and never takes longer than the longest timeout among them."""
    asked = [_Asked(question, port) for question in questions]
    for one in asked:
        try:
            one.start()
        except RuntimeError as error:  # no more threads
            one.error = error
            one.over.set()
    return [one.heard() for one in asked]


def _told(error: BaseException) -> str:
    """Our own words about a failure. Any other error's text stays out: it may quote what was asked."""
    return str(error) if isinstance(error, CheckFailedError) else type(error).__name__
