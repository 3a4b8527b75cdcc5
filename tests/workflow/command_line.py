"""The `tollgate` command as a user of the running stack has it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.workflow.running import Person, World

TOLLGATE = str(Path(sys.executable).with_name("tollgate"))


def tollgate(world: World, who: Person, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """One command as this person; it finds the stack by its state file."""
    environment = {**os.environ, "TOLLGATE_HOME": str(world.stack.home), "COLUMNS": "200"}
    command = [TOLLGATE, *arguments, "--principal", json.dumps(who)]
    return subprocess.run(
        command, env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
