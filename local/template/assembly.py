"""The folder that `cdk synth` writes: its one stack's template, nested templates and assets."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.template.unsupported import UnsupportedTemplateError

Document = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """Reads files of the folder only. Assets are found by the object key that the template names."""

    folder: Path

    @cached_property
    def _stack(self) -> tuple[str, Document]:
        manifest = _read(self.folder / "manifest.json")
        stacks = {
            name: artifact
            for name, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        if len(stacks) != 1:
            raise UnsupportedTemplateError(f"{self.folder}: one stack can run locally, not {sorted(stacks)}")
        return next(iter(stacks.items()))

    @property
    def stack_name(self) -> str:
        name, artifact = self._stack
        return str(artifact["properties"].get("stackName", name))

    @property
    def template(self) -> Document:
        return _read(self.folder / self._stack[1]["properties"]["templateFile"])

    def asset(self, object_key: str) -> Path:
        """The file or folder that would be uploaded under this key."""
        if object_key not in self._assets:
            raise UnsupportedTemplateError(f"{self.folder}: no asset of this synthesis has the key {object_key!r}")
        return self._assets[object_key]

    def nested_template(self, url: str) -> Document:
        """A nested stack's template by the URL it would be uploaded to."""
        return _read(self.asset(url.rpartition("/")[2]))

    @cached_property
    def _assets(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for manifest in self.folder.glob("*.assets.json"):
            for file in _read(manifest)["files"].values():
                path = (self.folder / file["source"]["path"]).resolve()
                found.update({place["objectKey"]: path for place in file["destinations"].values()})
        return found


def _read(path: Path) -> Document:
    document: Document = json.loads(path.read_text("utf-8"))
    return document
