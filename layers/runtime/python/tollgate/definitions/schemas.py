"""The published JSON Schemas of the three file formats, generated from the models that read the files.

    python -m tollgate.definitions.schemas --out docs/schemas [--check]

They are for editors and other tools; `check` says more than a schema can.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tollgate.definitions.schema_problems import DIALECT
from tollgate.models.agent import Agent
from tollgate.models.tool import Tool
from tollgate.models.workflow import Workflow

FORMATS: dict[str, type[BaseModel]] = {"agent": Agent, "tool": Tool, "workflow": Workflow}


def published(name: str) -> dict[str, Any]:
    """The schema of one format, in the order in which the model declares its fields."""
    schema: dict[str, Any] = _plain(FORMATS[name].model_json_schema())
    head = {"$schema": DIALECT, "$id": f"urn:tollgate:schema:{name}:1", "title": f"{name}.yaml"}
    return head | schema


def text(name: str) -> str:
    """The file's content."""
    return json.dumps(published(name), indent=2, ensure_ascii=False) + "\n"


def stale(folder: Path) -> list[Path]:
    """The files that are missing or differ from what the models say now."""
    return [path for name in FORMATS if _content(path := _path(folder, name)) != text(name)]


def write(folder: Path) -> None:
    """All schemas, replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FORMATS:
        _path(folder, name).write_text(text(name), "utf-8")


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.schema.json"


def _content(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _plain(value: Any, *, names: bool = False) -> Any:
    """Without pydantic's titles, which repeat the names; a property called `title` stays."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {word: part for word, part in value.items() if names or word != "title" or not isinstance(part, str)}
    return {word: _plain(part, names=not names and word in ("properties", "$defs")) for word, part in kept.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when `--check` finds a stale file."""
    parser = argparse.ArgumentParser(prog="python -m tollgate.definitions.schemas", description="Write the schemas.")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    args = parser.parse_args(argv)
    if not args.check:
        write(args.out)
        return 0
    for path in stale(args.out):
        print(f"{path}: error: not what the models say. write: `{parser.prog} --out {args.out}`", file=sys.stderr)  # noqa: T201
    return 1 if stale(args.out) else 0


if __name__ == "__main__":
    sys.exit(main())
