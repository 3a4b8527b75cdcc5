"""A program of the tests in a process of its own, because a process holds one stack."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.stack import ROOT


def told_by(program: str, folder: Path, seconds: float) -> dict[str, Any]:
    """The JSON object on the last line that the module `tests.workflow.<program>` prints; it may use the folder."""
    command = [sys.executable, "-m", f"tests.workflow.{program}", str(folder)]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'runtime' / 'python'}"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
