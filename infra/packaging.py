"""Folders that become assets: built without Docker, once per content, under `.build/`.

Two synths at the same time may build the same thing: each builds aside and renames, and the first one wins.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.definitions import ToolDefinition

DEPLOYED_PYTHON = "3.13"
DEPLOYED_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64")
"""Wheels that load on Lambda's Amazon Linux 2023 (glibc 2.34) on arm64."""

_CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store", ".mypy_cache", ".pytest_cache", ".ruff_cache")
_CACHE_NAMES = {"__pycache__", ".DS_Store", ".mypy_cache", ".pytest_cache", ".ruff_cache"}

Installer = Callable[[Path, Path, bool], None]
"""Installs a requirements file into a folder; True: for the deployed platform, False: for this machine."""


class PackagingError(Exception):
    """An asset could not be built; the message ends with what the failing program said."""


@dataclass(frozen=True)
class Packaging:
    """Where sources are, where assets are built, and for which machine: the local stack runs them on this one."""

    root: Path
    build: Path
    local: bool
    install: Installer

    def runtime(self) -> Path:
        """The package `tollgate`, compiled by an interpreter of the version that will run it."""
        source = self.root / "layers" / "runtime" / "python" / "tollgate"
        interpreter = _interpreter(self.local)

        def build(target: Path) -> None:
            shutil.copytree(source, target / "python" / "tollgate", ignore=_CACHES)
            if interpreter:
                _compile(interpreter, target / "python")

        version = sys.version if self.local else DEPLOYED_PYTHON
        return self._built("runtime", [fingerprint([source]), version if interpreter else "source"], build)

    def dependencies(self) -> Path:
        """Third-party packages for the deployed platform; locally a marker, for the host's own environment serves."""
        requirements = self.root / "layers" / "dependencies" / "requirements.txt"

        def marker(target: Path) -> None:
            (target / "python").mkdir()
            (target / "python" / "served-by-the-host.txt").write_text("The local stack runs in its own environment.\n")

        def build(target: Path) -> None:
            self.install(requirements, target / "python", True)
            _drop_dead_weight(target / "python")

        if self.local:
            return self._built("dependencies", ["marker"], marker)
        return self._built("dependencies", [fingerprint([requirements]), DEPLOYED_PYTHON, *DEPLOYED_PLATFORMS], build)

    def definitions(self, document: Any) -> Path:
        """The registry as the package `tollgate_definitions`, in the order that arguments are shown in."""
        text = json.dumps(document, ensure_ascii=False, indent=1)

        def build(target: Path) -> None:
            package = target / "python" / "tollgate_definitions"
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "registry.json").write_text(text, "utf-8")

        return self._built("definitions", [text], build)

    def tool(self, tool: ToolDefinition) -> Path:
        """The tool's folder with its entry of the registry, and what its `requirements.txt` asks for."""
        entry = json.dumps(tool.entry, ensure_ascii=False)
        requirements = tool.folder / "requirements.txt"

        def build(target: Path) -> None:
            shutil.copytree(tool.folder, target, ignore=_CACHES, dirs_exist_ok=True)
            (target / "tool.json").write_text(entry, "utf-8")
            if requirements.exists():
                self.install(requirements, target, not self.local)

        machine = sys.version if self.local else DEPLOYED_PYTHON
        key = [fingerprint([tool.folder]), entry, machine if requirements.exists() else ""]
        return self._built(f"tool-{tool.name}", key, build)

    def _built(self, name: str, key: Iterable[str], build: Callable[[Path], None]) -> Path:
        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:16]
        target = self.build / name / digest
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{digest}-", dir=target.parent))
        try:
            aside.chmod(0o755)
            build(aside)
            aside.rename(target)
        except OSError:
            if not target.exists():  # another synth may have renamed the same content first
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return target


def fingerprint(paths: Iterable[Path]) -> str:
    """A digest of names and bytes below the paths, blind to caches and times."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(_files(path)):
            digest.update(str(file.relative_to(path.parent)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def pip_install(requirements: Path, target: Path, deployed: bool) -> None:
    """Installs with pip from ready-made wheels. Raises `PackagingError` with pip's last words."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
               "--target", str(target), "--requirement", str(requirements)]  # fmt: skip
    if deployed:
        platforms = [part for platform in DEPLOYED_PLATFORMS for part in ("--platform", platform)]
        command += [*platforms, "--python-version", DEPLOYED_PYTHON, "--implementation", "cp",
                    "--only-binary=:all:"]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if result.returncode != 0:
        raise PackagingError(f"{requirements}: pip could not install it\n{result.stderr.strip()[-2000:]}")


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in _CACHE_NAMES]
        yield from (Path(folder) / name for name in files if name not in _CACHE_NAMES and not name.endswith(".pyc"))


def _interpreter(local: bool) -> str | None:
    """An interpreter whose compiled files the functions can load; other versions' files would be ignored."""
    if local or f"{sys.version_info.major}.{sys.version_info.minor}" == DEPLOYED_PYTHON:
        return sys.executable
    found = shutil.which(f"python{DEPLOYED_PYTHON}")
    if found is None or not _runs(found):
        sys.stderr.write(
            f"note: no python{DEPLOYED_PYTHON} here to compile the runtime layer with; it ships as source, "
            "and cold starts take longer\n"
        )
        return None
    return found


def _runs(interpreter: str) -> bool:
    """False for a version manager's stand-in whose version is not switched on."""
    return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0  # noqa: S603


def _compile(interpreter: str, folder: Path) -> None:
    # unchecked-hash: Lambda's zip extraction changes times, and a stale time would throw the compiled file away.
    command = [interpreter, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
               "-s", str(folder), "-p", "/opt/python", str(folder)]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if result.returncode != 0:
        raise PackagingError(f"{folder}: cannot be compiled\n{(result.stdout + result.stderr).strip()[-2000:]}")


def _drop_dead_weight(folder: Path) -> None:
    """Scripts and caches of installed packages: nothing in a function can start or use them."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
