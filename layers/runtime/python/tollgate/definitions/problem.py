"""What is wrong with a definition: where, what, and what to write instead."""

from dataclasses import dataclass
from typing import Literal

from tollgate.errors import DefinitionError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One finding. `line` and `column` count from 1; `pointer` is a JSON Pointer into the file's value."""

    file: str
    line: int
    column: int
    pointer: str
    message: str
    advice: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """`file:line: error: message. write: advice`, the line that every command prints."""
        return f"{self.file}:{self.line}: {self.severity}: {self.message}. write: {self.advice}"


class ProblemError(DefinitionError):
    """A file that cannot be read at all; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def errors(problems: list[Problem]) -> list[Problem]:
    """Only those that keep a definition from being used."""
    return [problem for problem in problems if problem.severity == "error"]
