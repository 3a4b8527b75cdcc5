"""Assets are built once per content, for the machine that will run them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.definitions import ToolDefinition
from infra.packaging import Packaging, PackagingError, pip_install
from tests.infra.conftest import ROOT, installed
from tests.infra.imports import entry_points, third_party
from tests.infra.registry_fixture import tool_entry


def packaging(tmp_path: Path, *, local: bool) -> Packaging:
    """Built below the test's own folder."""
    return Packaging(root=ROOT, build=tmp_path / "build", local=local, install=installed)


def tool(folder: Path) -> ToolDefinition:
    """A tool in a folder of the test's."""
    folder.mkdir(exist_ok=True)
    (folder / "handler.py").write_text("def handle(arguments, call):\n    return 1\n")
    return ToolDefinition("count", tool_entry("count", "tollgate-dev"), folder)


def test_same_content_is_built_once_and_a_change_builds_anew(tmp_path: Path) -> None:
    """The second build is the first one's folder; caches beside the handler do not matter."""
    made = packaging(tmp_path, local=False)
    first = made.tool(tool(tmp_path / "count"))
    (tmp_path / "count" / "__pycache__").mkdir()
    (tmp_path / "count" / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"x")
    assert made.tool(tool(tmp_path / "count")) == first
    (tmp_path / "count" / "rates.csv").write_text("EUR,1\n")
    grown = made.tool(tool(tmp_path / "count"))
    (tmp_path / "count" / "rates.csv").write_text("EUR,2\n")
    changed = made.tool(tool(tmp_path / "count"))
    assert len({first, grown, changed}) == 3
    assert {path.name for path in changed.iterdir()} == {"handler.py", "rates.csv", "tool.json"}
    assert (changed / "rates.csv").read_text() == "EUR,2\n"


def test_a_schemas_properties_stay_in_their_order_in_both_assets_that_hold_it(tmp_path: Path) -> None:
    """Cards and forms show arguments as their author wrote them down, not by the alphabet."""
    made, names = packaging(tmp_path, local=False), ["vendor", "amount", "area"]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    entry = tool_entry("count", "tollgate-dev", input_schema=schema)
    built = made.tool(replace(tool(tmp_path / "count"), entry=entry))
    layer = made.definitions({"tools": {"count": entry}}) / "python" / "tollgate_definitions" / "registry.json"
    for found in (json.loads((built / "tool.json").read_text()), json.loads(layer.read_text())["tools"]["count"]):
        assert list(found["manifest"]["input_schema"]["properties"]) == names


@pytest.mark.parametrize(("local", "platform"), [(False, "deployed"), (True, "host")])
def test_a_tools_requirements_are_installed_for_the_machine_that_runs_them(
    tmp_path: Path, local: bool, platform: str
) -> None:
    """Beside the handler, where the wrapper's `sys.path` finds them."""
    folder = tmp_path / "count"
    made = tool(folder)
    (folder / "requirements.txt").write_text("idna==3.10\n")
    built = packaging(tmp_path, local=local).tool(made)
    assert (built / f"installed_for_{platform}.txt").read_text() == "idna==3.10\n"


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """The next synth tries again instead of deploying half an asset."""

    def failing(requirements: Path, target: Path, deployed: bool) -> None:
        (target / "half").mkdir(parents=True)
        raise PackagingError("no wheel")

    made = Packaging(root=ROOT, build=tmp_path / "build", local=False, install=failing)
    with pytest.raises(PackagingError, match="no wheel"):
        made.dependencies()
    assert not list((tmp_path / "build" / "dependencies").iterdir())


def test_local_dependency_layer_is_a_marker(tmp_path: Path) -> None:
    """Arm wheels do not load on this machine; the local stack's own environment serves."""
    built = packaging(tmp_path, local=True).dependencies()
    assert [path.name for path in (built / "python").iterdir()] == ["served-by-the-host.txt"]


def test_pip_that_cannot_install_says_which_file_and_why(tmp_path: Path) -> None:
    """pip's own last words arrive; nothing is fetched, for the line cannot be parsed."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("not a requirement !!\n")
    with pytest.raises(
        PackagingError, match=r"requirements\.txt: pip could not install it\n(.|\n)*[Ii]nvalid requirement"
    ):
        pip_install(requirements, tmp_path / "target", True)


def test_every_package_that_a_function_imports_is_in_the_dependency_layer_and_no_other() -> None:
    """What the layer lacks would fail in the account only; what nobody imports would be cold-start weight."""
    pinned = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text()
    asked_for = pinned.split("\n\n")[0]
    provided = {line.split("==")[0].lower().replace("-", "_") for line in asked_for.splitlines() if "==" in line}
    found = third_party(entry_points())
    found.pop("botocore", None)  # boto3's own half
    found.pop("pydantic_core", None)  # pydantic's own half
    assert set(found) == provided, found
