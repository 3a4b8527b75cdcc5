"""A rule that no alarm can end holds its process until Lambda ends it: nobody says `run`, and nothing runs."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.lambda_host.environment import Platform
from local.lambda_host.function import FunctionSpec
from local.lambda_host.host import LambdaHost

ROOT = Path(__file__).resolve().parents[2]
HANDLER = f"""
import pathlib, signal, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "layers" / "runtime" / "python")!r}]

from tollgate.screening import deadline, engine
from tests.unit.screening_cases import case, ruling


def deaf(_):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    while True:
        pass


def hearing(_):
    while True:
        pass


def handler(event, context):
    deadline.SECONDS = 0.1
    if "rule" in event:
        engine.RULES = {{**engine.RULES, "origin": globals()[event["rule"]]}}
    pathlib.Path(event["folder"], "screening").touch()
    verdict = ruling(case("cancel_plan", {{}}, "cancel my plan")).verdict
    pathlib.Path(event["folder"], verdict).touch()
    return verdict
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LambdaHost]:
    """A host with one function of ten seconds that screens a harmless call."""
    running = LambdaHost(tmp_path / "logs", concurrency=2)
    running.start()
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "handler.py").write_text(HANDLER, "utf-8")
    nowhere = "http://127.0.0.1:1"
    platform = Platform("us-east-1", nowhere, running.url, nowhere, f"{nowhere}/api/", dict(os.environ))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:screens"
    running.deploy(
        FunctionSpec(name="screens", arn=arn, handler="handler.handler", code=folder, timeout_seconds=10), platform
    )
    yield running
    running.stop()


def screened(host: LambdaHost, folder: Path, **event: str) -> tuple[str | None, set[str]]:
    """What the platform says, and what the function left behind."""
    folder.mkdir()
    outcome = host.invoke("screens", json.dumps({"folder": str(folder), **event}).encode())
    error = json.loads(outcome.payload).get("errorType") if outcome.error else None
    return error, {path.name for path in folder.iterdir()}


def test_a_rule_that_hangs_is_refused_or_killed_and_never_runs(host: LambdaHost, tmp_path: Path) -> None:
    """The sound rule runs the call; one that hears the alarm refuses it; the deaf one is killed in the middle."""
    assert screened(host, tmp_path / "sound") == (None, {"screening", "run"})
    assert screened(host, tmp_path / "hearing", rule="hearing") == (None, {"screening", "refuse"})
    assert screened(host, tmp_path / "deaf", rule="deaf") == ("Sandbox.Timedout", {"screening"})
