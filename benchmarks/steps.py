"""Time per step of the local stack beside LangGraph with its SQLite checkpointer: same loop, instant model and tool.

python -m benchmarks.steps [--rounds 7] [--steps 10]

A step is one model call and one tool call, each durable before the next begins. A run is that many steps and the
answer; rounds alternate between the two, after one round that is thrown away. Only the ratio says something: absolute
times are this machine's, and of this minute.
"""

import argparse
import statistics
import sys
from dataclasses import dataclass

from benchmarks.converse import answer, call
from benchmarks.peer import VERSIONS, PeerError, peer
from benchmarks.stack import Bench, bench


@dataclass(frozen=True)
class Rounds:
    """Milliseconds per step of every counted round."""

    tollgate: tuple[float, ...]
    langgraph: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Round by round, so that a busy moment meets both."""
        return [ours / theirs for ours, theirs in zip(self.tollgate, self.langgraph, strict=True)]


def measure(rounds: int, steps: int) -> Rounds:
    """Interleaved rounds. Raises `PeerError` if LangGraph cannot be had."""
    script = [(call("look_up", number=number),) for number in range(steps)]
    with peer(steps) as langgraph, bench([*script, (answer(),)]) as stack:
        measured = [(_run(stack), langgraph.run()) for _ in range(rounds + 1)]
    per_step = [(1000 * ours / steps, 1000 * theirs / steps) for ours, theirs in measured[1:]]
    return Rounds(tuple(ours for ours, _ in per_step), tuple(theirs for _, theirs in per_step))


def _run(stack: Bench) -> float:
    return stack.seconds(stack.run())


def report(found: Rounds, steps: int) -> str:
    """Whole sentences, then the table."""
    ratio = statistics.median(found.ratios)
    version = VERSIONS["langgraph"]
    sentences = (
        f"A durable step of the local stack took {ratio:.0f} times as long as one of LangGraph {version} with its "
        f"SQLite checkpointer (median of {len(found.ratios)} interleaved rounds of {steps} steps; between "
        f"{min(found.ratios):.0f} and {max(found.ratios):.0f} times).\n"
        "LangGraph runs model and tool as functions of one process; the local stack runs them as the deployed "
        "functions,\neach in a process of its own, through the state machine, DynamoDB and HTTP."
    )
    return f"{sentences}\n\n{_table(found)}"


def _table(found: Rounds) -> str:
    lines = [f"{'ms per step':<28}{'median':>9}{'fastest':>9}{'slowest':>9}"]
    for name, times in (("Tollgate, local stack", found.tollgate), ("LangGraph, SQLite, sync", found.langgraph)):
        lines.append(f"{name:<28}{statistics.median(times):>9.1f}{min(times):>9.1f}{max(times):>9.1f}")
    return "\n".join(lines)


def main() -> int:
    """Prints the report; 1 if LangGraph cannot be had."""
    parser = argparse.ArgumentParser(description="time per step beside LangGraph")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10)
    arguments = parser.parse_args()
    try:
        found = measure(arguments.rounds, arguments.steps)
    except PeerError as error:
        print(f"benchmarks.steps: {error}", file=sys.stderr)
        return 1
    print(report(found, arguments.steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
