"""No process of a function outlives its host, even when nothing of the host's code can run any more."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

HOST = """
import json, os, sys
from pathlib import Path
from local.lambda_host.environment import Platform
from local.lambda_host.function import FunctionSpec
from local.lambda_host.host import LambdaHost

folder = Path(sys.argv[1])
host = LambdaHost(folder / "logs")
host.start()
url = "http://127.0.0.1:1"
host.deploy(FunctionSpec("fn", "arn:aws:lambda:us-east-1:1:function:fn", "handler.handler", folder, timeout_seconds=60),
            Platform("us-east-1", url, host.url, url, url, os.environ))
host.invoke("fn", b"{}")
print(*host.process_ids(), flush=True)
host.invoke("fn", json.dumps({"busy": str(folder / "busy")}).encode())
"""
FUNCTION = """
import subprocess, sys

def handler(event, context):
    if not event:
        subprocess.Popen(["sleep", "60"])
        return
    open(event["busy"], "w").close()
    # Never lets Python run another thread: only the kernel can end this.
    sys.setswitchinterval(1000)
    while True:
        pass
"""


def group_of(process_id: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == process_id and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_host_that_is_killed_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    """The kernel ends a busy function and its children as soon as the host is gone."""
    (tmp_path / "handler.py").write_text(FUNCTION)
    command = [sys.executable, "-c", HOST, str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout
        process_id = int(host.stdout.readline())
        while not (tmp_path / "busy").exists():
            threading.Event().wait(0.005)
        assert len(group_of(process_id)) == 2
        os.kill(host.pid, number)
    for _ in range(500):
        if not group_of(process_id):
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"still alive: {group_of(process_id)}")
