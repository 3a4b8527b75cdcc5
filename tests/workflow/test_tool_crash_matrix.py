"""SIGKILL around a tool's effect, for every `on_retry` and in the fallback: nothing twice, every run ends or asks.

The bench's own program, with few runs and in a process of its own, because a process holds one stack.
"""

import json
import subprocess
import sys

import pytest

from benchmarks.crash.definitions import KINDS
from benchmarks.crash.provider import POINTS, Point
from local.stack import ROOT

RUNS = 2
Matrix = dict[tuple[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Every row of the bench, counted by the provider of the effects."""
    command = [sys.executable, "-m", "benchmarks.crash.run", "--runs", str(RUNS), "--without-peers", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(row["on_retry"], row["SIGKILL"]): row for row in rows}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_process_does_nothing_twice(matrix: Matrix, kind: str, point: Point) -> None:
    """Each run lost its process once, has its effect at most once, and ended."""
    row = matrix[kind, point]
    assert (row["runs"], row["twice"], row["ended"]) == (str(RUNS), "0", str(RUNS))


@pytest.mark.parametrize("kind", ["idempotent", "keyed", "verify"])
@pytest.mark.parametrize("point", POINTS)
def test_effect_that_may_repeat_happens_without_a_person(matrix: Matrix, kind: str, point: Point) -> None:
    """`on_retry` says how: the effect is there exactly once and nobody was asked."""
    row = matrix[kind, point]
    assert (row["not at all"], row["asked a person"]) == ("0", "0")


@pytest.mark.parametrize("point", POINTS[:2])
def test_effect_that_never_repeats_asks_a_person(matrix: Matrix, point: Point) -> None:
    """Nobody but a person decides about a call that was cut off half-way."""
    assert matrix["never", point]["asked a person"] == str(RUNS)
