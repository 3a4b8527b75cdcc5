"""The real servers, each installed once into an environment of its own and run on 127.0.0.1."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from benchmarks.environment import installed

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / ".build"
GUARDRAILS_AI = {"guardrails-ai[api]": "0.11.0", "guardrails-api": "0.4.4"}
NEMO = {"nemoguardrails[server]": "0.24.1"}
START_SECONDS = 120


@dataclass(frozen=True)
class RealServer:
    """A running server; `stop` ends it for good."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def guardrails_ai(folder: Path) -> Iterator[RealServer]:
    """`guardrails start` with the guards of `guardrails_ai/config.py`."""
    python = installed(BUILD / "guardrails-ai-venv", GUARDRAILS_AI)
    (folder / ".guardrailsrc").write_text("id=tests\ntoken=\nenable_metrics=false\nuse_remote_inferencing=false\n")
    port = _free_port()
    config = str(HERE / "guardrails_ai" / "config.py")
    command = [str(python.with_name("guardrails")), "start", "--config", config, "--port", str(port)]
    with _running(command, folder, port, "/health-check", OTEL_SDK_DISABLED="true") as server:
        yield server


@contextmanager
def nemo(folder: Path) -> Iterator[RealServer]:
    """NeMo Guardrails' server application with the configurations in `nemo/`."""
    python = installed(BUILD / "nemoguardrails-venv", NEMO)
    port = _free_port()
    command = [str(python), str(HERE / "nemo" / "serve.py"), str(HERE / "nemo"), str(port)]
    chosen = {"DO_NOT_TRACK": "1", "NEMO_GUARDRAILS_DISABLE_CHAT_UI": "true"}
    with _running(command, folder, port, "/v1/health", **chosen) as server:
        for config in ("words", "input_only"):
            _load(server, config)
        yield server


def _load(server: RealServer, config: str) -> None:
    """The first question about a configuration loads it, which takes longer than a check may."""
    messages = [{"role": "user", "content": "hello"}]
    body = {"model": "none", "messages": messages, "guardrails": {"config_id": config, "rail_types": ["input"]}}
    answer = urllib3.request("POST", f"{server.url}/v1/checks", json=body, retries=False, timeout=START_SECONDS)
    assert answer.status == 200, server.log.read_text()[-2000:]


@contextmanager
def _running(command: list[str], folder: Path, port: int, health: str, **chosen: str) -> Iterator[RealServer]:
    """The server once it answers. Its home is empty and no key of the developer's reaches it."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **chosen}
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=subprocess.STDOUT)
    server = RealServer(f"http://127.0.0.1:{port}", process, log)
    try:
        _until_healthy(server, health)
        yield server
    finally:
        server.stop()


def _until_healthy(server: RealServer, health: str) -> None:
    pause = threading.Event()
    for _ in range(START_SECONDS * 4):
        if server.process.poll() is not None:
            break
        try:
            if urllib3.request("GET", server.url + health, retries=False, timeout=5).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pause.wait(0.25)
    raise AssertionError(f"{server.url} does not run:\n{server.log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
