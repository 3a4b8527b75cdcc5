"""What a turn costs on AWS: billed state transitions and history events, counted on the local stack.

    python -m benchmarks.transitions

Exits 1 if a turn costs more or less than the table of the design says.
"""

import sys
from dataclasses import dataclass

from benchmarks.billing import USD_PER_TRANSITION, Count, count, turns
from benchmarks.converse import Block, answer, call
from benchmarks.stack import bench


@dataclass(frozen=True)
class Kind:
    """A kind of turn, what the model says in it, and the transitions and (where promised) events of the design."""

    name: str
    proposal: tuple[Block, ...]
    transitions: int
    events: int | None = None


KINDS = (
    Kind("one call that runs unasked", (call("look_up", number=0),), 5, 23),
    Kind("three reads side by side", tuple(call("look_up", number=number) for number in (1, 2, 3)), 7),
    Kind("every call refused", (call("look_it_up", number=4),), 3),
    Kind("a write through a gate", (call("write_down", text="entry 0"),), 9),
    Kind("the answer", (answer(),), 4),
)


def measure() -> list[tuple[Kind, Count]]:
    """One execution with one turn of each kind."""
    with bench([kind.proposal for kind in KINDS]) as running:
        history = running.history(running.run(gates=True))
    return list(zip(KINDS, map(count, turns(history)), strict=True))


def report(measured: list[tuple[Kind, Count]]) -> str:
    """A table, with the design's figures beside the counted ones."""
    lines = [f"{'turn':<28}{'transitions':>12}{'design':>8}{'events':>8}{'design':>8}{'USD per 1,000':>15}"]
    for kind, found in measured:
        usd = found.transitions * USD_PER_TRANSITION * 1000
        events = "-" if kind.events is None else str(kind.events)
        lines.append(
            f"{kind.name:<28}{found.transitions:>12}{kind.transitions:>8}{found.events:>8}{events:>8}{usd:>15.3f}"
        )
    return "\n".join(lines)


def differs(kind: Kind, found: Count) -> bool:
    """Whether the design's table is wrong about this turn."""
    return found.transitions != kind.transitions or kind.events not in (None, found.events)


def main() -> int:
    """Prints the table; 1 if it is not the design's."""
    measured = measure()
    print("Counted from the history of one execution on the local stack, as AWS bills it; retries count.\n")
    print(report(measured))
    wrong = [kind.name for kind, found in measured if differs(kind, found)]
    if wrong:
        print(f"\nnot what the design says: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
