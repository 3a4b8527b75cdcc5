"""Executions that wait at their gates at once, decided in random order while others run: nobody gets another's.

The bench's own program, with fewer runs and in a process of its own, because a process holds one stack.
"""

import json
import subprocess
import sys

from local.stack import ROOT

WAITING, RUNNING = 20, 5


def test_twenty_gates_decided_in_random_order_never_cross() -> None:
    """All complete, each with exactly its own effect and approval, counted by the side that takes the effects."""
    size = ["--waiting", str(WAITING), "--running", str(RUNNING), "--seed", "7"]
    command = [sys.executable, "-m", "benchmarks.gates.run", *size, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert (done.returncode, report["completed"], report["crossed"]) == (0, WAITING + RUNNING, []), report
    assert report["megabytes_waiting"] > report["megabytes_idle"] > 0
