"""Finds and runs the rehearsal script of an agent; a changed file is used from the next turn on."""

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from local.bedrock.rehearsal import Reply, Turn

_AGENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NoRehearsalError(Exception):
    """No folder has a script for this agent; the message says which file to write and how to plug in a real model."""


class BrokenRehearsalError(Exception):
    """The script cannot be loaded, or does not answer with a `Reply`; the message names the file."""


class Rehearsals:
    """The scripts in these folders; the first folder that has `<agent>.py` wins."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._loaded: dict[Path, tuple[bytes, Callable[[Turn], Reply]]] = {}
        self._lock = threading.Lock()

    def respond(self, agent: str, turn: Turn) -> Reply:
        """What the agent's script answers. Whatever the script raises goes through."""
        path = self._path(agent)
        reply = self._script(path)(turn)
        if not isinstance(reply, Reply):
            raise BrokenRehearsalError(f"{path}: respond() returned {type(reply).__name__}; return a Reply")
        return reply

    def _path(self, agent: str) -> Path:
        if _AGENT_NAME.fullmatch(agent):
            for folder in self._folders:
                if (folder / f"{agent}.py").is_file():
                    return folder / f"{agent}.py"
        folders = ", ".join(str(folder) for folder in self._folders) or "(no folder was given)"
        raise NoRehearsalError(
            f"agent {agent!r} has no rehearsal script: write {agent}.py with respond(turn) into one of: {folders} "
            "(TOLLGATE_REHEARSALS adds folders). Or plug in a real model: AWS_ENDPOINT_URL_BEDROCK_RUNTIME for Bedrock "
            "or any Converse server, OPENAI_BASE_URL for Ollama, vLLM or another OpenAI-compatible one."
        )

    def _script(self, path: Path) -> Callable[[Turn], Reply]:
        source = path.read_bytes()
        with self._lock:
            known = self._loaded.get(path)
            if known is None or known[0] != source:
                # By content: two saves within one tick of the file system's clock are two versions.
                known = self._loaded[path] = (source, _load(path, source))
        return known[1]


def _load(path: Path, source: bytes) -> Callable[[Turn], Reply]:
    module = ModuleType(f"tollgate_rehearsal_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(source, str(path), "exec"), module.__dict__)
    respond = getattr(module, "respond", None)
    if not callable(respond):
        raise BrokenRehearsalError(f"{path} defines no function respond(turn: Turn) -> Reply")
    function: Callable[[Turn], Reply] = respond
    return function
