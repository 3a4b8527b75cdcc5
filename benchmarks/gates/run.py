"""Two hundred executions at their gates at once, approved in random order while fifty others run.

    python -m benchmarks.gates.run [--waiting 200] [--running 50] [--seed 1] [--json]

Counted outside the product: by the side that takes the effects. Exit code 1 if an execution did not complete, or had
an effect or an approval that was not its own.
"""

import argparse
import dataclasses
import json
import sys

from benchmarks.gates.crowd import Report, crowd


def main() -> int:
    """Prints the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gates.run")
    parser.add_argument("--waiting", type=int, default=200, help="executions at a gate at once")
    parser.add_argument("--running", type=int, default=50, help="executions that run meanwhile")
    parser.add_argument("--seed", type=int, default=1, help="of the order of approvals")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    args = parser.parse_args()
    with crowd(args.seed) as found:
        report = found.run(args.waiting, args.running)
    print(json.dumps(dataclasses.asdict(report)) if args.json else _told(report))
    return 0 if report.is_good else 1


def _told(report: Report) -> str:
    crossed = ", ".join(report.crossed) or "none"
    return (
        f"{report.completed} of {report.waiting + report.running} completed; crossed: {crossed}\n"
        f"all {report.waiting} at their gates after {report.seconds_to_gates} s; "
        f"approved, and all over, {report.seconds_to_end} s later\n"
        f"memory of the stack and its functions: {report.megabytes_idle} MB idle, "
        f"{report.megabytes_waiting} MB with all at their gates ({report.megabytes_waiting_own} MB the stack itself), "
        f"{report.megabytes_peak} MB at the most, "
        f"in {report.processes_peak} processes of functions"
    )


if __name__ == "__main__":
    sys.exit(main())
