"""One line of the drills' report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`mechanism` is what should meet it, `met_by` how its executions ended and which rules spoke.

    `contained` is None where the drill does not apply; `advice` says what to change where it is False.
    """

    name: str
    title: str
    mechanism: str
    met_by: str
    tokens: int
    model_calls: int
    tool_starts: int
    seconds: float
    contained: bool | None
    advice: str = ""
