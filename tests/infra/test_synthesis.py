"""`python app.py` as a user runs it: no network, no account, and words instead of tracebacks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import ConfigurationError, stage
from tests.infra.conftest import OVERRIDES, ROOT

NO_NETWORK_PYTHON = """
import socket
def refuse(self, address):
    if self.family != socket.AF_UNIX:
        raise RuntimeError(f"app.py connects to {address}")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
"""
NO_NETWORK_NODE = """
const net = require('net');
net.Socket.prototype.connect = function () { throw new Error('app.py connects to a network from Node'); };
require('fs').writeFileSync(process.env.NODE_WAS_HERE, 'yes');
"""


def run_app(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python app.py` of stage local, in an environment without the developer's overrides."""
    clean = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    clean |= {"CDK_CONTEXT_JSON": json.dumps({"stage": "local"}), "CDK_OUTDIR": str(tmp_path / "out")}
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env=clean | environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_app_synthesises_without_any_connection_and_without_an_account(tmp_path: Path) -> None:
    """Neither Python nor Node opens a socket, and no context is left to be looked up in an account."""
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK_PYTHON)
    (tmp_path / "no_network.cjs").write_text(NO_NETWORK_NODE)
    result = run_app(
        tmp_path,
        PYTHONPATH=str(tmp_path),
        NODE_OPTIONS=f"--require={tmp_path / 'no_network.cjs'}",
        NODE_WAS_HERE=str(tmp_path / "node-was-here"),
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "node-was-here").exists()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert not manifest.get("missing")
    assert manifest["artifacts"]["Tollgate"]["environment"] == "aws://unknown-account/unknown-region"


def test_wrong_definition_ends_the_synth_with_its_own_words(tmp_path: Path) -> None:
    """File and line as the compiler says them, exit code 1, no traceback."""
    broken = tmp_path / "tools" / "broken"
    broken.mkdir(parents=True)
    (broken / "tool.yaml").write_text("schema_version: 1\nname: broken\n")
    result = run_app(tmp_path, TOLLGATE_TOOLS=str(broken.parent))
    assert result.returncode == 1
    assert "broken/tool.yaml" in result.stderr
    assert "Traceback" not in result.stderr


def test_unknown_stage_ends_the_synth_with_the_known_ones(tmp_path: Path) -> None:
    """The message lists what could have been written."""
    result = run_app(tmp_path, CDK_CONTEXT_JSON=json.dumps({"stage": "prod"}))
    assert result.returncode == 1
    assert result.stderr == "cdk.json: there is no stage 'prod'; its stages are: dev, local\n"


def test_tools_of_another_folder_are_deployed_like_the_repositorys_own(tmp_path: Path) -> None:
    """`TOLLGATE_TOOLS` and `TOLLGATE_AGENTS` replace the roots of cdk.json; each manifest becomes a function."""
    folder = tmp_path / "tools" / "say_hello"
    folder.mkdir(parents=True)
    (folder / "tool.yaml").write_text(
        "schema_version: 1\nname: say_hello\ndescription: Says hello.\nkind: lambda\neffect: read\n"
        "input_schema: {type: object, properties: {}}\n"
    )
    (folder / "handler.py").write_text("def handle(arguments, call):\n    return 'hello'\n")
    (tmp_path / "agents").mkdir()
    result = run_app(tmp_path, TOLLGATE_TOOLS=str(folder.parent), TOLLGATE_AGENTS=str(tmp_path / "agents"))
    assert result.returncode == 0, result.stderr
    templates = "".join(path.read_text() for path in (tmp_path / "out").glob("*.nested.template.json"))
    assert '"tollgate-local-tool-say_hello"' in templates
    assert '"tollgate-local-tool-read_artifact"' in templates, "Tollgate's own tools come along"
    assert templates.count('"AWS::Lambda::Function"') == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"authorizer": "open"}, r"stages\.dev\.authorizer"),
        ({"retries": 3}, r"has no key 'retries'; it has: .*log_retention_days"),
        ({"prefix": "Acme"}, r"the prefix 'Acme' does not fit"),
        ({"prefix": "a" * 26}, r"3 to 25 lower-case"),
        ({"log_retention_days": 31}, r"log_retention_days is 31; write one of: 1, 7, 14, 30"),
    ],
)
def test_wrong_stage_settings_are_refused_by_name(change: dict[str, object], message: str) -> None:
    """Where it is wrong and what to write instead."""
    with pytest.raises(ConfigurationError, match=message):
        stage({"stages": {"dev": {"models": {}, **change}}}, "dev")
