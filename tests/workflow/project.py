"""A project of the tests' own around the product's code, and the stack that runs it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack import ROOT, LocalStack
from tests.workflow.endpoint import Endpoint
from tests.workflow.running import World

LINKED = ("infra", "lambdas", "layers", "statemachines", "package.json", "package-lock.json")
PRICE = {"input": 3.0, "output": 15.0, "source": "invented for tests", "as_of": "2026-11-22"}


@contextmanager
def world_of(name: str, definitions: Callable[[Path], dict[str, str]], home: Path) -> Iterator[World]:
    """The stack with the agents and tools that `definitions` writes; the model follows each test's script.

    Its template is built once under `.build/<name>` and found again in the next session.
    """
    root = _project(ROOT / ".build" / name)
    endpoint = Endpoint()
    endpoint.start()
    environ = {**os.environ, **definitions(root), "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoint.url}
    try:
        with LocalStack(root=root, home=home, environ=environ) as stack:
            yield World(stack, endpoint)
    finally:
        endpoint.stop()


def _project(folder: Path) -> Path:
    """Same app, but a model that costs money."""
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
