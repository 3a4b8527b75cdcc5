"""Tells other processes which local stacks run: `$TOLLGATE_HOME/stacks/<pid>.json`, one file per running stack.

The stack holds a lock on its file as long as it lives, so a file without one is what a killed stack left behind: it is
ignored and removed. (A process id alone would not tell: it may belong to another process by now.)
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

Description = dict[str, Any]


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where local stacks keep their files: `TOLLGATE_HOME`, else `.tollgate` in the current folder."""
    return Path(environ.get("TOLLGATE_HOME") or ".tollgate").absolute()


class StateFile:
    """The file of one running stack; readers see an old or a new description, never half of one."""

    def __init__(self, folder: Path, process_id: int) -> None:
        self.path = folder / "stacks" / f"{process_id}.json"
        self._held: BinaryIO | None = None

    def write(self, description: Description) -> None:
        """Replaces the description. Only this user may read it, for it holds the signing secret."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        file = unfinished.open("wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(description, indent=1).encode() + b"\n")
        file.flush()
        unfinished.replace(self.path)
        self._let_go()
        self._held = file

    def remove(self) -> None:
        """The stack runs no more."""
        self.path.unlink(missing_ok=True)
        self._let_go()

    def _let_go(self) -> None:
        if self._held:
            self._held.close()
            self._held = None


def running(folder: Path) -> list[Description]:
    """Every stack that is alive, the one started last first; files of dead ones are removed."""
    found = [description for path in (folder / "stacks").glob("*.json") if (description := _read(path))]
    return sorted(found, key=lambda description: str(description["started_at"]), reverse=True)


def _read(path: Path) -> Description | None:
    try:
        with path.open("rb") as file:
            if _is_held(file):
                description: Description = json.load(file)
                return description
    except FileNotFoundError:  # the stack stopped between listing and reading
        return None
    path.unlink(missing_ok=True)
    return None


def _is_held(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
