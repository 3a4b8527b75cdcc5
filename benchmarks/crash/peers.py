"""LangGraph and DBOS under the same kills, in an environment of their own."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crash.provider import Plan, Point, Provider
from benchmarks.environment import PeerError, installed
from local.stack import ROOT

VERSIONS = {"langgraph": "1.2.22", "langgraph-checkpoint-sqlite": "3.1.2", "dbos": "3.4.0"}
HOME = ROOT / ".build" / "bench-crash"
WORKERS = {"LangGraph": "langgraph_worker.py", "DBOS": "dbos_worker.py"}
PEER_POINTS: tuple[Point, ...] = (
    "before the effect",
    "after the effect, before its record",
    "after the record",
)
AT_ONCE = 2
LIVES = 3
"""Processes that a run may use; each is killed once, so two are enough."""


class Peers:
    """Runs of both, against one provider."""

    def __init__(self, python: Path, provider: Provider, folder: Path) -> None:
        self._python, self._provider, self._folder = python, provider, folder

    def runs(self, peer: str, point: Point, count: int) -> list[Plan]:
        """`count` runs, each killed at the point and started again until it ended."""
        names = [f"{peer.lower()}{point.count(' ')}{len(point)}x{number}" for number in range(count)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda name: self._run(peer, point, name), names))

    def _run(self, peer: str, point: Point, name: str) -> Plan:
        plan = self._provider.plans[name] = Plan(point)
        script = Path(__file__).with_name(WORKERS[peer])
        command = [str(self._python), "-I", str(script), str(self._folder / f"{name}.db"), name, self._provider.url]
        environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(self._folder), "LANGSMITH_TRACING": "false"}
        for _ in range(LIVES):
            done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120, check=False)
            if done.returncode == 0:
                return plan
        raise PeerError(f"{peer} did not end after {LIVES} starts: {done.stderr[-1000:]}")


@contextmanager
def peers() -> Iterator[Peers]:
    """Both, installed first if need be. Raises `PeerError`."""
    python, provider = installed(HOME, VERSIONS), Provider()
    provider.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Peers(python, provider, Path(folder))
    finally:
        provider.stop()
