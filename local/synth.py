"""Synthesises the CDK app for the local stage, once per content: the template that runs here is the one from `infra`.

Two processes may synthesise the same content at once; each writes aside and the first to finish gives the result.
"""

import compileall
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

STAGE = "local"
INPUTS = ("app.py", "cdk.json", "infra", "lambdas", "layers/runtime", "layers/dependencies", "statemachines", "agents")
ROOTS = ("TOLLGATE_AGENTS", "TOLLGATE_TOOLS")
VARIABLES = (*ROOTS, "TOLLGATE_SLACK_USERS", "TOLLGATE_MODEL", "OPENAI_BASE_URL", "OPENAI_MODEL", "JSII_NODE")
KEPT = 12
_PREFIX = f"cdk.out-{STAGE}-"
_NOT_SOURCE = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}


class SynthesisError(Exception):
    """The app does not synthesise; the message is the app's own."""


def synthesise(root: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder with the synthesised app. Raises `SynthesisError` with what the app said, e.g. of a bad definition."""
    target = root / ".build" / f"{_PREFIX}{content_hash(root, environ)}"
    if not target.exists():
        _synthesise_into(target, root, environ)
    os.utime(target)
    _forget_old(target)
    return target


def content_hash(root: Path, environ: Mapping[str, str]) -> str:
    """Changes whenever the result might: files, the environment that the app reads, the interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for folder in (*(root / name for name in INPUTS), *_outside_roots(environ)):
        for file in sorted(_files(folder)):
            digest.update(f"\0{file}\0{file.stat().st_mode & 0o111}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update(json.dumps({name: environ.get(name) for name in VARIABLES}).encode())
    if environ.get("OPENAI_BASE_URL") and not environ.get("OPENAI_MODEL"):
        digest.update(uuid.uuid4().bytes)  # the app then asks the server for a model, and the answer may change
    return digest.hexdigest()[:16]


def _synthesise_into(target: Path, root: Path, environ: Mapping[str, str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _run_app(aside, root, environ)
        # Without compiled files every start of a function's process would take three times as long.
        compileall.compile_dir(aside, quiet=2)
        aside.rename(target)
    except OSError:
        if not target.exists():  # somebody else may have finished first
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _run_app(folder: Path, root: Path, environ: Mapping[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=root,
        env={**environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps({"stage": STAGE})},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise SynthesisError((result.stderr.strip() or result.stdout.strip()) or "app.py failed without a word")
    sys.stderr.write(result.stderr)  # warnings about definitions


def _outside_roots(environ: Mapping[str, str]) -> list[Path]:
    return [Path(part) for name in ROOTS for part in environ.get(name, "").split(os.pathsep) if part]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in _NOT_SOURCE]
        yield from (Path(folder) / name for name in files if name not in _NOT_SOURCE and not name.endswith(".pyc"))


def _forget_old(current: Path) -> None:
    """Keeps the few that were used last; a stack that runs from an older one has it among them."""
    found = sorted(current.parent.glob(f"{_PREFIX}*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in found[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
