"""120 tools: more than one stack can hold, still a matter of seconds."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.settings import ConfigurationError
from infra.synthesis import Source, build
from infra.tools import MAXIMUM_PER_STACK, shards
from tests.infra.assembly import Assembly
from tests.infra.conftest import ROOT, installed
from tests.infra.registry_fixture import definitions

COUNT = 120
SECONDS = 60


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, build_folder: Path) -> tuple[Assembly, float]:
    """The assembly of 120 tools, cdk-nag included, and how long it took."""
    folder = tmp_path_factory.mktemp("many")
    made = definitions(folder, "tollgate-dev", {f"tool_{number:03d}": {} for number in range(COUNT)})
    started = time.monotonic()
    source = Source(ROOT, definitions=made, install=installed, build_folder=build_folder)
    build(source, stage="dev", outdir=str(folder / "out")).synth()
    return Assembly(folder / "out"), time.monotonic() - started


def test_120_tools_synthesise_within_a_minute(many: tuple[Assembly, float]) -> None:
    """Staging, templates and checks together."""
    assert many[1] < SECONDS


def test_120_tools_are_120_functions_in_nested_stacks_of_at_most_40(many: tuple[Assembly, float]) -> None:
    """Every tool once, and no stack near CloudFormation's 500 resources."""
    assembly = many[0]
    counts = []
    for template in assembly.nested.values():
        assert len(template["Resources"]) < 500
        counts.append(sum(r["Type"] == "AWS::Lambda::Function" for r in template["Resources"].values()))
    assert sum(counts) == COUNT
    assert max(counts) <= MAXIMUM_PER_STACK == 40
    assert len(assembly.root["Resources"]) < 500


def test_templates_of_120_tools_are_clean_under_cfn_lint(many: tuple[Assembly, float]) -> None:
    """Warnings count."""
    templates = sorted(map(str, many[0].folder.glob("*.template.json")))
    linter = Path(sys.executable).with_name("cfn-lint")
    result = subprocess.run([linter, *templates], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_a_tool_keeps_its_stack_when_others_come_and_go(tmp_path: Path) -> None:
    """CloudFormation cannot move a named function between stacks, so nothing may make a tool move."""
    all_tools = definitions(tmp_path, "tollgate-dev", {f"tool_{number:03d}": {} for number in range(COUNT)}).tools
    whole = {tool.name: number for number, members in shards(all_tools).items() for tool in members}
    half = {tool.name: number for number, members in shards(all_tools[::2]).items() for tool in members}
    assert half == {name: whole[name] for name in half}


def test_a_stack_that_would_hold_too_many_is_refused(tmp_path: Path) -> None:
    """Told at synth, with the numbers, not by CloudFormation half-way."""
    tools = definitions(tmp_path, "tollgate-dev", {"one": {}}).tools * 41
    with pytest.raises(ConfigurationError, match="41 of 41 tools fall into tool stack"):
        shards(tools)
