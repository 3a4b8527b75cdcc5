"""Synthesis runs the app once per content, shows the app's own errors, and is safe beside another synthesis."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.synth import KEPT, SynthesisError, content_hash, synthesise

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
stage = json.loads(os.environ["CDK_CONTEXT_JSON"])["stage"]
(out / "asset.1").mkdir()
(out / "asset.1" / "handler.py").write_text("X = 1")
(out / "manifest.json").write_text(json.dumps({"stage": stage, "tool": pathlib.Path("lambdas/tool.yaml").read_text()}))
with open("runs.txt", "a") as runs:
    runs.write("run\\n")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with an app that counts its runs."""
    (tmp_path / "lambdas").mkdir()
    (tmp_path / "lambdas" / "tool.yaml").write_text("name: tool")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text("{}")
    return tmp_path


def runs(root: Path) -> int:
    return (root / "runs.txt").read_text().count("run")


def test_same_content_is_synthesised_once(root: Path) -> None:
    """A second synthesis of unchanged files gives the first one's folder."""
    folder = synthesise(root)
    assert synthesise(root) == folder
    assert runs(root) == 1
    assert (folder / "manifest.json").read_text() == '{"stage": "local", "tool": "name: tool"}'


def test_assets_are_compiled_for_this_interpreter(root: Path) -> None:
    """A function's first import finds compiled code."""
    assert list((synthesise(root) / "asset.1" / "__pycache__").glob("handler.*.pyc"))


@pytest.mark.parametrize("changed", ["app.py", "cdk.json", "lambdas/tool.yaml", "lambdas/new.py"])
def test_changed_file_is_synthesised_again(root: Path, changed: str) -> None:
    """Every input counts, new files too."""
    before = content_hash(root, {})
    file = root / changed
    file.write_text((file.read_text() if file.exists() else "") + "\n")
    assert content_hash(root, {}) != before


def test_caches_of_tools_do_not_count(root: Path) -> None:
    """Compiled files and caches of linters change nothing."""
    before = content_hash(root, {})
    (root / "lambdas" / "__pycache__").mkdir()
    (root / "lambdas" / "__pycache__" / "x.pyc").write_text("x")
    assert content_hash(root, {}) == before


def test_roots_outside_the_repository_count_by_content(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files below TOLLGATE_AGENTS and TOLLGATE_TOOLS are inputs like the repository's own."""
    outside = tmp_path_factory.mktemp("agents")
    (outside / "agent.yaml").write_text("one")
    environ = {"TOLLGATE_AGENTS": f"{outside}{os.pathsep}{root}/lambdas"}
    before = content_hash(root, environ)
    (outside / "agent.yaml").write_text("two")
    assert content_hash(root, environ) != before


@pytest.mark.parametrize("name", ["TOLLGATE_TOOLS", "TOLLGATE_MODEL", "TOLLGATE_SLACK_USERS", "OPENAI_MODEL"])
def test_environment_that_the_app_reads_counts(root: Path, name: str) -> None:
    """Another model or another table of Slack users is another template."""
    assert content_hash(root, {name: "a"}) != content_hash(root, {name: "b"})
    assert content_hash(root, {"SHELL": "a"}) == content_hash(root, {"SHELL": "b"})


def test_model_that_a_server_chooses_is_asked_for_every_time(root: Path) -> None:
    """Without OPENAI_MODEL the app asks the server, whose answer no file tells."""
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert content_hash(root, environ) != content_hash(root, environ)
    named = environ | {"OPENAI_MODEL": "m"}
    assert content_hash(root, named) == content_hash(root, named)


def test_apps_own_error_is_shown_and_nothing_is_left_behind(root: Path) -> None:
    """The message is what the app wrote to stderr; the next synthesis runs the app again."""
    (root / "app.py").write_text("import sys; sys.exit('agents/a/agent.yaml:3: error: wrong')")
    with pytest.raises(SynthesisError) as caught:
        synthesise(root)
    assert str(caught.value) == "agents/a/agent.yaml:3: error: wrong"
    assert list((root / ".build").iterdir()) == []


def test_two_syntheses_at_once_give_one_result(root: Path) -> None:
    """Whoever finishes second takes the first one's folder, and nothing half-written is ever in place."""
    with ThreadPoolExecutor(2) as pool:
        folders = set(pool.map(lambda _: synthesise(root), range(2)))
    assert len(folders) == 1
    assert list((root / ".build").iterdir()) == list(folders)


def test_only_the_last_few_syntheses_are_kept(root: Path) -> None:
    """Old folders do not pile up; the one just used always stays."""
    for number in range(KEPT + 2):
        (root / "cdk.json").write_text(str(number))
        folder = synthesise(root)
    kept = list((root / ".build").iterdir())
    assert len(kept) == KEPT
    assert folder in kept
