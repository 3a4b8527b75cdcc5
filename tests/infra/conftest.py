"""Each assembly is synthesised once per session: a synth takes seconds, and nothing here changes one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import node  # noqa: F401 - chooses Node before jsii starts it
from infra.synthesis import Source, build
from tests.infra.assembly import Assembly
from tests.infra.registry_fixture import SAMPLE_AGENTS, SAMPLE_TOOLS, definitions

ROOT = Path(__file__).resolve().parents[2]
OVERRIDES = ("TOLLGATE_AGENTS", "TOLLGATE_TOOLS", "TOLLGATE_MODEL", "TOLLGATE_SLACK_USERS", "OPENAI_BASE_URL",
             "CDK_CONTEXT_JSON", "CDK_OUTDIR")  # fmt: skip


def installed(requirements: Path, target: Path, deployed: bool) -> None:
    """Stands in for pip, which needs a network: writes what it was asked for."""
    target.mkdir(parents=True, exist_ok=True)
    platform = "deployed" if deployed else "host"
    (target / f"installed_for_{platform}.txt").write_text(requirements.read_text())


@pytest.fixture(scope="session")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Assets of the tests, apart from those of a real deployment."""
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="session")
def plain_environment() -> Iterator[pytest.MonkeyPatch]:
    """The developer's own overrides do not reach the tests' templates."""
    with pytest.MonkeyPatch.context() as patch:
        for name in OVERRIDES:
            patch.delenv(name, raising=False)
        yield patch


@pytest.fixture(scope="session")
def dev(
    tmp_path_factory: pytest.TempPathFactory, build_folder: Path, plain_environment: pytest.MonkeyPatch
) -> Assembly:
    """Stage dev of this repository, checked by cdk-nag."""
    return _synthesised(Source(ROOT, install=installed, build_folder=build_folder), "dev", tmp_path_factory)


@pytest.fixture(scope="session")
def local(
    tmp_path_factory: pytest.TempPathFactory, build_folder: Path, plain_environment: pytest.MonkeyPatch
) -> Assembly:
    """Stage local of this repository."""
    return _synthesised(Source(ROOT, install=installed, build_folder=build_folder), "local", tmp_path_factory)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, build_folder: Path) -> Assembly:
    """Stage dev with one made-up tool of every kind instead of the repository's."""
    made = definitions(tmp_path_factory.mktemp("definitions"), "tollgate-dev", SAMPLE_TOOLS, agents=SAMPLE_AGENTS)
    source = Source(ROOT, definitions=made, install=installed, build_folder=build_folder)
    return _synthesised(source, "dev", tmp_path_factory)


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory, build_folder: Path) -> Assembly:
    """A stage whose callers bring tokens, and that wants no sample ledger; one tool."""
    folder = tmp_path_factory.mktemp("root")
    for name in ("lambdas", "layers", "statemachines"):
        (folder / name).symlink_to(ROOT / name)
    written = json.loads((ROOT / "cdk.json").read_text())
    issuer = {"issuer": "https://login.example.com", "audience": ["tollgate"]}
    written["context"]["stages"]["prod"] = {"authorizer": issuer, "prefix": "acme-agents"}
    (folder / "cdk.json").write_text(json.dumps(written))
    made = definitions(tmp_path_factory.mktemp("definitions"), "acme-agents", {"look_up": {}})
    source = Source(folder, definitions=made, install=installed, build_folder=build_folder)
    return _synthesised(source, "prod", tmp_path_factory)


def _synthesised(source: Source, stage: str, factory: pytest.TempPathFactory) -> Assembly:
    folder = factory.mktemp(f"assembly-{stage}")
    build(source, stage=stage, outdir=str(folder)).synth()
    return Assembly(folder)
