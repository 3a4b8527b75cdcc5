"""Time per step of the local stack beside LangGraph with its SQLite checkpointer: same loop, instant model and tool.

    python -m benchmarks.steps [--rounds 7] [--steps 10]

A step is one model call and one tool call, each durable before the next begins. A run is that many steps and the
answer; rounds alternate between the two, after one round that is thrown away. Only the ratio says something: absolute
times are this machine's, and of this minute.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass

from benchmarks.converse import answer, call
from benchmarks.environment import PeerError
from benchmarks.peer import VERSIONS, Peer, peer
from benchmarks.stack import Bench, bench

ROUNDS, STEPS = 7, 10
FEWEST_ROUNDS = 3
ENOUGH_SECONDS = 60.0


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
    """Interleaved rounds, fewer on a machine so busy that they take long. Raises `PeerError` without LangGraph."""
    script = [(call("look_up", number=number),) for number in range(steps)]
    with peer(steps) as langgraph, bench([*script, (answer(),)]) as stack:
        _round(stack, langgraph, steps)  # starts the processes and fills every cache
        measured, deadline = [_round(stack, langgraph, steps)], time.monotonic() + ENOUGH_SECONDS
        while len(measured) < rounds and (len(measured) < FEWEST_ROUNDS or time.monotonic() < deadline):
            measured.append(_round(stack, langgraph, steps))
    return Rounds(tuple(ours for ours, _ in measured), tuple(theirs for _, theirs in measured))


def _round(stack: Bench, langgraph: Peer, steps: int) -> tuple[float, float]:
    """Milliseconds per step of one run each."""
    ours, theirs = stack.seconds(stack.run()), langgraph.run()
    return 1000 * ours / steps, 1000 * theirs / steps


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
    parser = argparse.ArgumentParser(description="Time per step of the local stack beside LangGraph.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()
    return show(arguments.rounds, arguments.steps)


def show(rounds: int = ROUNDS, steps: int = STEPS) -> int:
    """The same for a caller that has no command line."""
    try:
        found = measure(rounds, steps)
    except PeerError as error:
        print(f"benchmarks.steps: {error}", file=sys.stderr)
        return 1
    print(report(found, steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
