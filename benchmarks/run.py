"""What `make bench` prints: billed transitions, time per step, cost of the tool boundary; and where the rest is.

    python -m benchmarks.run

Exits 1 if the design's table of transitions does not hold or LangGraph cannot be had.
"""

import sys

from benchmarks import boundary, steps, transitions

OTHERS = (
    ("python -m benchmarks.guards.agentdojo", "attack calls gated and benign tasks asked, on AgentDojo"),
    ("python -m benchmarks.guards.tripwire", "the injection tripwire on honest text and on attacks"),
    ("python -m benchmarks.guards.speed", "how long one verdict takes"),
    ("python -m benchmarks.budgets.hot_item", "writes to a tenant's budget under a burst of executions"),
)


def main() -> int:
    """The worse exit code of those that have one."""
    _heading("Billed state transitions per turn")
    transitions_code = transitions.main()
    _heading("Time per step")
    steps_code = steps.show()
    _heading("The tool boundary")
    boundary.show()
    _heading("More, each on its own (docs/benchmarks.md)")
    for command, what in OTHERS:
        print(f"  {command:<42}{what}")
    return max(transitions_code, steps_code)


def _heading(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
