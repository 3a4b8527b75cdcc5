"""A whole local stack in a process of its own, as `tollgate dev` runs it, so that it can be killed."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from local import state_file

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
"""A cold synthesis on a busy machine takes its time; a stack that hangs must still end the test."""


class Answer(NamedTuple):
    """What the HTTP API answered; `body` is parsed JSON."""

    status: int
    body: Any


@dataclass(frozen=True)
class RunningStack:
    """`about` is what the stack told of itself when it started."""

    process: "subprocess.Popen[str]"
    home: Path
    about: dict[str, Any]

    def get(self, path: str) -> Answer:
        """One request to the HTTP API."""
        address = urlsplit(self.about["api_url"])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        return Answer(response.status, body)

    def client(self, service: str) -> Any:
        """A boto3 client of the stack's own AWS."""
        url = self.about["lambda_url" if service == "lambda" else "aws_url"]
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=url,
            region_name=self.about["region"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    def processes(self, function: str = "") -> list[int]:
        """Live processes of functions whose name ends like this, as the state file tells them."""
        now = next(found for found in state_file.running(self.home) if found["pid"] == self.process.pid)
        return [int(process_id) for process_id, name in now["functions"].items() if name.endswith(function)]

    def log(self, function: str) -> str:
        """The log of the function whose name ends like this; empty if it never ran."""
        logs = [file for file in Path(self.about["log_folder"]).glob("*.log") if file.stem.endswith(function)]
        return "".join(file.read_text("utf-8", "replace") for file in logs)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the stack by a signal and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def launch(home: Path, environ: Mapping[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """`python -m local.serve` with exactly this environment beside PATH and the home folder of its files."""
    clean = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "local.serve", *arguments],
        cwd=ROOT,
        env={**clean, "TOLLGATE_HOME": str(home), "PYTHONPATH": f"layers/runtime/python{os.pathsep}.", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start(home: Path, environ: Mapping[str, str]) -> RunningStack:
    """A stack that serves. Raises `RuntimeError` with what the stack said."""
    process = launch(home, environ)
    line = _first_line(process)
    if not line:
        raise RuntimeError(f"the stack did not start: {process.communicate()[1]}")
    return RunningStack(process, home, json.loads(line))


def _first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    previous = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(START_SECONDS)
    try:
        return process.stdout.readline()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
