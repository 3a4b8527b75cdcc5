"""One local stack for all workflow tests, with the tests' own agents, tools and model."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import ROOT, LocalStack
from tests.workflow import definitions
from tests.workflow.endpoint import Endpoint
from tests.workflow.running import World
from tests.workflow.slow import SlowRuns, start

LINKED = ("infra", "lambdas", "layers", "statemachines", "package.json", "package-lock.json")
PRICE = {"input": 3.0, "output": 15.0, "source": "invented for tests", "as_of": "2026-11-22"}


def project(folder: Path) -> Path:
    """A project of the tests' own around the product's code: same app, but a model that costs money."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        link = folder / name
        if not link.is_symlink() and (ROOT / name).exists():
            link.symlink_to(ROOT / name)
    shutil.copy(ROOT / "app.py", folder / "app.py")
    settings = json.loads((ROOT / "cdk.json").read_text())
    settings["context"]["stages"]["local"]["models"]["reasoning"]["price"] = PRICE
    settings["context"]["stages"]["local"]["sample_ledger"] = False
    (folder / "cdk.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running stack; its template is built once and found again in the next session."""
    root = project(ROOT / ".build" / "workflow-tests")
    agents, tools = definitions.write(root)
    endpoint = Endpoint()
    endpoint.start()
    environ = {
        **os.environ,
        "TOLLGATE_AGENTS": str(agents),
        "TOLLGATE_TOOLS": str(tools),
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoint.url,
    }
    with LocalStack(root=root, home=tmp_path_factory.mktemp("home"), environ=environ) as stack:
        yield World(stack, endpoint)
    endpoint.stop()


@pytest.fixture(scope="session", autouse=True)
def slow_runs(world: World) -> SlowRuns:
    """Under way while the other tests run."""
    return start(world)
