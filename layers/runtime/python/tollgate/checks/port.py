"""The one thing a kind of check has to do, and what it may answer."""

from dataclasses import dataclass
from typing import Protocol

from tollgate.checks.subject import Subject
from tollgate.errors import FinalError
from tollgate.models.verdict import CallVerdict

MESSAGE_CHARACTERS = 300


class CheckFailedError(FinalError):
    """The check gave no answer that can be understood; the message says what came, and never what was asked."""


@dataclass(frozen=True)
class Word:
    """A check's own answer. `message` is for people and the model; `findings` name what matched, never the match."""

    verdict: CallVerdict
    message: str = ""
    findings: tuple[str, ...] = ()


class ExternalCheck(Protocol):
    """One server behind one check of an agent."""

    def check(self, subject: Subject, seconds: float) -> Word:
        """Its word within so many seconds. Whatever it raises instead counts as no answer."""
        ...


PASSED = Word("run")


def plain(text: object) -> str:
    """A server's text on one line, cut, without what a terminal or a model could take for something else."""
    printable = "".join(character if character.isprintable() else " " for character in str(text))
    flat = " ".join(printable.split())
    return flat if len(flat) <= MESSAGE_CHARACTERS else flat[: MESSAGE_CHARACTERS - 1] + "…"
