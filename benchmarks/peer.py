"""LangGraph with its SQLite checkpointer, in an environment and a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack import ROOT

VERSIONS = {"langgraph": "1.2.22", "langgraph-checkpoint-sqlite": "3.1.2"}
HOME = ROOT / ".build" / "bench-venv"
SCRIPT = Path(__file__).with_name("langgraph_steps.py")


class PeerError(Exception):
    """LangGraph could not be installed or did not finish a run."""


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
    python = _installed()
    environ = {"PATH": os.environ.get("PATH", ""), "LANGSMITH_TRACING": "false"}
    command = [str(python), "-I", str(SCRIPT), str(steps)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=HOME
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.kill()


def _installed() -> Path:
    """The interpreter of an environment that has exactly these versions; made once."""
    python, stamp = HOME / "bin" / "python", HOME / ".installed"
    wanted = [f"{name}=={version}" for name, version in VERSIONS.items()]
    if not stamp.exists() or stamp.read_text().split() != wanted:
        print(f"installing {', '.join(wanted)} into {HOME} (once)", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(HOME)])
        _run([str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *wanted])
        stamp.write_text("\n".join(wanted))
    return python


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PeerError(f"{' '.join(command)} failed: {(result.stderr or result.stdout).strip()[-1000:]}")
