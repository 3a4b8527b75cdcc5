"""What travels into the account, and what must never."""

import hashlib
import json
import re
from pathlib import Path

from tests.infra.assembly import Assembly

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "the header that the local front trusts": re.compile(rb"x-tollgate-principal", re.IGNORECASE),
    "an import of the local stack or the command line": re.compile(rb"^\s*(from|import) (local|cli)\b", re.MULTILINE),
    "a rehearsal": re.compile(rb"local[./]rehearsals|TOLLGATE_REHEARSALS"),
}


def test_no_deployed_asset_knows_the_local_header_a_rehearsal_or_the_local_stack(dev: Assembly) -> None:
    """Searched in the very files that would be uploaded."""
    files = list(dev.assets())
    assert {path.name for path in files} >= {"handler.py", "registry.json", "tool.json", "settings.py"}
    found = {
        (str(path.relative_to(dev.folder)), what)
        for path in files
        for what, pattern in FORBIDDEN.items()
        if pattern.search(path.read_bytes())
    }
    assert not found


def test_no_deployed_asset_holds_a_file_of_the_local_stack(dev: Assembly) -> None:
    """Rehearsals, the Slack stand-in and the rest of `local/` are in no asset, under whatever name."""
    local = {digest(path) for path in (ROOT / "local").rglob("*") if path.is_file() and path.stat().st_size > 40}
    assert local
    assert not [path for path in dev.assets() if digest(path) in local]


def test_each_tools_asset_holds_its_folder_and_its_own_entry_only(sample: Assembly) -> None:
    """The handler, and `tool.json` with the manifest the wrapper works by; no other tool's."""
    for name, function in sample.functions.items():
        if "-tool-" in name:
            folder = sample.folder / f"asset.{function['Code']['S3Key'].removesuffix('.zip')}"
            entry = json.loads((folder / "tool.json").read_text())
            assert entry["function_name"] == name
            assert {path.name for path in folder.iterdir()} == {"handler.py", "tool.json"}


def test_no_asset_holds_caches_of_this_machine_but_the_compiled_layer(dev: Assembly) -> None:
    """Compiled files are made for the version that runs them, or are not there at all."""
    stray = [path for path in dev.assets() if path.suffix == ".pyc" and "cpython-313" not in path.name]
    assert not stray


def test_local_runtime_layer_is_compiled_and_immune_to_times(local: Assembly) -> None:
    """Flag 0b01: a hash instead of a time, and never checked (PEP 552); without it imports take four times as long."""
    compiled = [path for path in local.assets() if path.suffix == ".pyc" and "tollgate" in str(path)]
    sources = [path for path in local.assets() if path.suffix == ".py" and "/python/tollgate/" in str(path)]
    assert len(compiled) == len(sources) > 20
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {1}


def digest(path: Path) -> str:
    """Content, whatever the name."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
