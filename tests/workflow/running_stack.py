"""A whole local stack in a process of its own, as `tollgate dev` runs it, with model and Slack in the test's hands."""

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
from local.bedrock.endpoint import BedrockEndpoint
from local.slack_standin.server import SlackStandIn

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
"""A cold synthesis on a busy machine takes its time; a stack that hangs must still end the test."""


class Answer(NamedTuple):
    """What the HTTP API answered; `body` is parsed JSON, or None where there is none."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class RunningStack:
    """`about` is what the stack told of itself when it started; `bedrock` and `slack` run in the test's own process."""

    process: "subprocess.Popen[str]"
    home: Path
    about: dict[str, Any]
    bedrock: BedrockEndpoint | None
    slack: SlackStandIn | None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        principal: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request to the HTTP API; a `body` that is not bytes is sent as JSON."""
        address = urlsplit(self.about["api_url"])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        sent = dict(headers or {})
        if principal:
            sent["X-Tollgate-Principal"] = json.dumps(principal)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        text = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
        connection.close()
        return Answer(response.status, found, json.loads(text) if "json" in found.get("content-type", "") else None)

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

    def execution_arn(self, execution_id: str) -> str:
        """The execution in Step Functions."""
        return f"{self.about['state_machine_arn'].replace(':stateMachine:', ':execution:')}:{execution_id}"

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


def start(
    home: Path,
    environ: Mapping[str, str],
    *,
    bedrock: BedrockEndpoint | None = None,
    slack: SlackStandIn | None = None,
) -> RunningStack:
    """A stack that serves. `bedrock` and `slack` must run already. Raises `RuntimeError` with what the stack said."""
    own = dict(environ)
    if bedrock:
        own.setdefault("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock.url)
    if slack:
        own.setdefault("SLACK_API_URL", slack.api_url)
    process = launch(home, own)
    line = _first_line(process)
    if not line:
        raise RuntimeError(f"the stack did not start: {process.communicate()[1]}")
    return RunningStack(process, home, json.loads(line), bedrock, slack)


def _first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    previous = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(START_SECONDS)
    try:
        return process.stdout.readline()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
