"""The compiled agents and tools, read as data: this package imports nothing of `tollgate`."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.settings import ConfigurationError, Roots, Stage


@dataclass(frozen=True)
class ToolDefinition:
    """One tool: its registry entry as compiled, and the folder that travels into its asset."""

    name: str
    entry: Mapping[str, Any]
    folder: Path

    @property
    def manifest(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.entry["manifest"]
        return found


@dataclass(frozen=True)
class Definitions:
    """The registry's document and the tools in it."""

    document: Mapping[str, Any]
    tools: tuple[ToolDefinition, ...]

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """Alias -> provider, model id, region, secret and price in this stage."""
        found: Mapping[str, Mapping[str, Any]] = self.document["models"]
        return found

    @property
    def notifications(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """`webhooks` and `topics` of this stage, each by name."""
        found: Mapping[str, Mapping[str, Mapping[str, Any]]] = self.document.get("notifications", {})
        return found

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """Every external check of every agent."""
        return [check for agent in self.document["agents"].values() for check in agent["definition"].get("checks", ())]


def compiled(*, stage: Stage, roots: Roots, root: Path) -> Definitions:
    """Agents, tools and stage settings as one registry.

    Raises `ConfigurationError` with the compiler's own words if any definition is wrong.
    """
    workflows = root / "statemachines" / "workflows"
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "registry.json"
        result = subprocess.run(  # noqa: S603 - our own module, arguments are not a shell's
            [
                sys.executable, "-m", "tollgate.definitions.build",
                "--stage", stage.name, "--prefix", stage.prefix, "--cdk-json", str(root / "cdk.json"),
                "--agents", roots.agents, "--tools", roots.tools, "--out", str(out),
                *(("--workflows", str(workflows)) if workflows.is_dir() else ()),
            ],
            env=os.environ | {"PYTHONPATH": str(root / "layers" / "runtime" / "python")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise ConfigurationError(result.stderr.strip() or "tollgate.definitions.build failed without a word")
        sys.stderr.write(result.stderr)  # its warnings
        return read(out)


def read(registry: Path) -> Definitions:
    """A registry's file and the `.folders.json` beside it."""
    document = json.loads(registry.read_text("utf-8"))
    folders = json.loads(registry.with_name(registry.name + ".folders.json").read_text("utf-8"))
    entries = {**document["tools"], **document.get("builtin", {})}  # a function is a function, whoever wrote it
    tools = tuple(
        ToolDefinition(name=name, entry=entry, folder=Path(folders[name])) for name, entry in sorted(entries.items())
    )
    return Definitions(document=document, tools=tools)
