"""A copy of the agent with recorded twins for tools: the manifests stay, no handler of the user's runs."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TWIN = Path(__file__).with_name("twin_handler.py")
_OF_OTHER_KINDS = ("function_arn", "http", "mcp")
RESPOND = "from local.drills.playing import respond\n\n__all__ = ['respond']\n"


@dataclass(frozen=True)
class Twins:
    """The folders of one drill session."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """What leads a local stack to the copies."""
        return {
            "TOLLGATE_AGENTS": str(self.folder / "agents"),
            "TOLLGATE_TOOLS": str(self.folder / "tools"),
            "TOLLGATE_REHEARSALS": str(self.folder / "rehearsals"),
        }

    def order(self, tenant: str, orders: Mapping[str, Any]) -> None:
        """How the twins behave towards this tenant from now on."""
        place = self.folder / tenant
        place.mkdir()
        (place / "orders.json").write_text(json.dumps(dict(orders)), encoding="utf-8")

    def recorded(self, tenant: str, name: str) -> list[dict[str, Any]]:
        """`starts`: every start of a twin for this tenant; `done`: those that finished."""
        path = self.folder / tenant / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def make(folder: Path, agent: Path, tools: Mapping[str, Path]) -> Twins:
    """Copies the agent's folder and its tools' manifests, and puts a twin beside each manifest."""
    name = yaml.safe_load((agent / "agent.yaml").read_text("utf-8"))["name"]
    shutil.copytree(agent, folder / "agents" / name)
    for tool, source in tools.items():
        target = folder / "tools" / tool
        target.mkdir(parents=True)
        (target / "tool.yaml").write_text(_manifest(source / "tool.yaml"), encoding="utf-8")
        twin = TWIN.read_text("utf-8").replace("@FOLDER@", str(folder)).replace("@TOOL@", tool)
        (target / "handler.py").write_text(twin, encoding="utf-8")
    (folder / "rehearsals").mkdir()
    (folder / "rehearsals" / f"{name}.py").write_text(RESPOND, encoding="utf-8")
    return Twins(folder)


def _manifest(path: Path) -> str:
    """As it is; a tool of another kind becomes code, because its twin is, with all that screening reads unchanged."""
    text = path.read_text("utf-8")
    manifest = yaml.safe_load(text)
    if manifest.get("kind", "lambda") == "lambda":
        return text
    kept = {name: value for name, value in manifest.items() if name not in _OF_OTHER_KINDS}
    return str(yaml.safe_dump(kept | {"kind": "lambda"}, sort_keys=False))
