"""LangGraph with its SQLite checkpointer, in an environment and a process of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.environment import PeerError, installed
from local.stack import ROOT

VERSIONS = {"langgraph": "1.2.22", "langgraph-checkpoint-sqlite": "3.1.2"}
HOME = ROOT / ".build" / "bench-venv"
SCRIPT = Path(__file__).with_name("langgraph_steps.py")


class Peer:
    """Answers runs until it is closed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self) -> float:
        """The seconds of one run."""
        if self._process.stdin is None or self._process.stdout is None:
            raise PeerError("the process has no pipes")
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise PeerError(f"LangGraph ended with exit code {self._process.wait()}; its words are above")
        return float(json.loads(line)["seconds"])


@contextmanager
def peer(steps: int) -> Iterator[Peer]:
    """A LangGraph process for runs of `steps` steps; installs it first if need be. Raises `PeerError`."""
    python = installed(HOME, VERSIONS)
    environ = {"PATH": os.environ.get("PATH", ""), "LANGSMITH_TRACING": "false"}
    command = [str(python), "-I", str(SCRIPT), str(steps)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=HOME
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.kill()
