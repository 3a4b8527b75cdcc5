"""Kills a process with SIGKILL around a tool's effect, again and again, and prints how often the effect happened twice.

    python -m benchmarks.crash.run [--runs 20] [--without-peers] [--json]

Counted by the provider of the effect, never read from anybody's own books. Exit code 1 if Tollgate did anything twice,
or if a run neither ended nor asked.
"""

import argparse
import json
import sys

from benchmarks.crash.peers import PEER_POINTS, WORKERS, peers
from benchmarks.crash.tollgate_runs import Outcome, crash_stack
from benchmarks.environment import PeerError

Row = list[str]
HEAD = ["who", "on_retry", "SIGKILL", "runs", "twice", "not at all", "asked a person", "ended"]


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash.run")
    parser.add_argument("--runs", type=int, default=20, help="runs for each cell")
    parser.add_argument("--without-peers", action="store_true", help="Tollgate alone")
    parser.add_argument("--json", action="store_true", help="one JSON object per row instead of a table")
    args = parser.parse_args()
    rows, bad = tollgate_rows(args.runs)
    if not args.without_peers:
        rows += peer_rows(args.runs)
    lines = [json.dumps(dict(zip(HEAD, row, strict=True))) for row in rows] if args.json else _table(HEAD, rows)
    print("\n".join(lines))
    return 1 if bad else 0


def tollgate_rows(runs: int) -> tuple[list[Row], int]:
    """One row per `on_retry` and point, and how many runs were bad."""
    rows, bad = [], 0
    with crash_stack() as stack:
        for (kind, point), outcomes in stack.matrix(runs).items():
            bad += sum(map(is_bad, outcomes))
            rows.append(["Tollgate", kind, point, *_counts(outcomes)])
    return rows, bad


def is_bad(outcome: Outcome) -> bool:
    """Twice, or without an end, or not killed at all, which would prove nothing."""
    return outcome.applied > 1 or outcome.ended not in ("completed", "limit_reached") or not outcome.killed


def peer_rows(runs: int) -> list[Row]:
    """The same effect without a key, as these engines hand none to a step."""
    rows = []
    try:
        with peers() as both:
            for peer in WORKERS:
                for point in PEER_POINTS:
                    plans = both.runs(peer, point, runs)
                    applied = [plan.applied("none") for plan in plans]
                    twice, never = sum(number > 1 for number in applied), applied.count(0)
                    rows.append([peer, "-", point, str(runs), str(twice), str(never), "0", str(runs)])
    except PeerError as error:
        print(f"no peers: {error}", file=sys.stderr)
    return rows


def _counts(outcomes: list[Outcome]) -> Row:
    twice = sum(outcome.applied > 1 for outcome in outcomes)
    never = sum(outcome.applied == 0 for outcome in outcomes)
    asked = sum(outcome.asked for outcome in outcomes)
    ended = sum(outcome.ended in ("completed", "limit_reached") for outcome in outcomes)
    return [str(number) for number in (len(outcomes), twice, never, asked, ended)]


def _table(head: Row, rows: list[Row]) -> list[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


if __name__ == "__main__":
    sys.exit(main())
