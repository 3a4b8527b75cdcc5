"""The drills: those of the catalogue, and each file with a `DRILL` in the folders of TOLLGATE_DRILLS."""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from local.drills.drill import Drill

CATALOGUE = Path(__file__).with_name("catalogue")


class BrokenDrillError(Exception):
    """A drill's file cannot be used; the message names it and says what to write."""


def drills(environ: Mapping[str, str] = os.environ) -> dict[str, Drill]:
    """By file name; a user's file of a name in the catalogue replaces it. Loaded anew each time."""
    folders = [CATALOGUE, *(Path(part) for part in environ.get("TOLLGATE_DRILLS", "").split(os.pathsep) if part)]
    found: dict[str, Drill] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BrokenDrillError(f"TOLLGATE_DRILLS names {folder}, which is no folder")
        for file in sorted(folder.glob("*.py")):
            if file.name != "__init__.py":
                found[file.stem] = _load(file)
    return found


def _load(file: Path) -> Drill:
    spec = importlib.util.spec_from_file_location(f"tollgate_drill_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise BrokenDrillError(f"{file} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BrokenDrillError(f"{file}: {type(error).__name__}: {error}") from error
    drill = getattr(module, "DRILL", None)
    if not isinstance(drill, Drill):
        raise BrokenDrillError(f"{file} has no `DRILL = Drill(...)` (from local.drills.drill import Drill)")
    return drill
