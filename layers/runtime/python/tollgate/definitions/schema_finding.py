"""One problem inside a JSON Schema."""

from dataclasses import dataclass

from tollgate.definitions.problem import Severity


@dataclass(frozen=True)
class Finding:
    """One problem inside a schema; `pointer` is into the schema."""

    pointer: str
    message: str
    advice: str
    severity: Severity = "error"


def cut(text: str) -> str:
    """One line of at most 120 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:117] + "..."
