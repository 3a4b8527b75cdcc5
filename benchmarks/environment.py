"""A Python environment for what is measured beside us: exact versions, made once, apart from the project's own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class PeerError(Exception):
    """A peer could not be installed, or did not finish a run."""


def installed(home: Path, versions: Mapping[str, str]) -> Path:
    """The interpreter of an environment that has exactly these versions. Raises `PeerError`."""
    python, stamp = home / "bin" / "python", home / ".installed"
    wanted = [f"{name}=={version}" for name, version in versions.items()]
    if not stamp.exists() or stamp.read_text().split() != wanted:
        print(f"installing {', '.join(wanted)} into {home} (once)", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *wanted])
        stamp.write_text("\n".join(wanted))
    return python


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PeerError(f"{' '.join(command)} failed: {(result.stderr or result.stdout).strip()[-1000:]}")
