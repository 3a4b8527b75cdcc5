"""One line of the drills' report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`contained` is None where the drill does not apply; `advice` says what to change where it is False."""

    name: str
    title: str
    met_by: str
    tokens: int
    model_calls: int
    tool_starts: int
    seconds: float
    contained: bool | None
    advice: str = ""
