"""Agent folders, tool folders and workflow files as typed definitions; what is wrong with them as problems.

One file at a time: what files say about each other is `check`'s subject.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tollgate.definitions import model_errors, source
from tollgate.definitions.nearest import nearest
from tollgate.definitions.problem import Problem, ProblemError
from tollgate.definitions.source import Source
from tollgate.models.agent import Agent
from tollgate.models.tool import Tool
from tollgate.models.workflow import Workflow

MAX_INSTRUCTIONS_BYTES = 64_000
_MANIFESTS = frozenset({"agent.yaml", "tool.yaml"})
_IGNORED = ("__pycache__", "node_modules")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Roots:
    """Where definitions are: folders of agent folders, folders of tool folders, folders of workflow files.

    A folder that itself holds `agent.yaml` or `tool.yaml` stands for that one definition.
    """

    agents: tuple[Path, ...] = ()
    tools: tuple[Path, ...] = ()
    workflows: tuple[Path, ...] = ()


@dataclass(frozen=True)
class AgentFile:
    """An agent that reads well by itself."""

    definition: Agent
    instructions: str
    source: Source
    folder: Path


@dataclass(frozen=True)
class ToolFile:
    """A tool that reads well by itself."""

    manifest: Tool
    source: Source
    folder: Path


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow that reads well by itself."""

    workflow: Workflow
    source: Source


_File = TypeVar("_File", AgentFile, ToolFile, WorkflowFile)


@dataclass
class Definitions:
    """Everything that was found. A name in `broken` has a folder, but a file that cannot be used."""

    agents: dict[str, AgentFile] = field(default_factory=dict)
    tools: dict[str, ToolFile] = field(default_factory=dict)
    workflows: dict[str, WorkflowFile] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def load(roots: Roots) -> Definitions:
    """Reads every definition under the roots. Never raises for a bad file: its problems are in the result."""
    found = Definitions()
    for folder in _folders(roots.agents, "agent.yaml", found):
        _load_agent(folder, found)
    for folder in _folders(roots.tools, "tool.yaml", found):
        _load_tool(folder, found)
    for path in _files(roots.workflows, found):
        _load_workflow(path, found)
    return found


def _load_agent(folder: Path, found: Definitions) -> None:
    loaded = _parsed(folder / "agent.yaml", Agent, found)
    text = _instructions(folder / "instructions.md", found)
    if loaded is None or text is None:
        found.broken.add(folder.resolve().name)
        return
    agent, file = loaded
    if _named(agent.name, folder.resolve().name, file, found, found.agents):
        found.agents[agent.name] = AgentFile(agent, text, file, folder)


def _load_tool(folder: Path, found: Definitions) -> None:
    loaded = _parsed(folder / "tool.yaml", Tool, found)
    if loaded is None:
        found.broken.add(folder.resolve().name)
        return
    tool, file = loaded
    if tool.kind == "lambda" and not (folder / "handler.py").is_file():
        found.problems.append(
            file.problem(
                "/kind",
                f"a tool of kind lambda needs the file {folder / 'handler.py'}",
                "handler.py with `def handle(arguments, call):`, or another kind",
            )
        )
    if _named(tool.name, folder.resolve().name, file, found, found.tools):
        found.tools[tool.name] = ToolFile(tool, file, folder)


def _load_workflow(path: Path, found: Definitions) -> None:
    loaded = _parsed(path, Workflow, found)
    if loaded is None:
        found.broken.add(path.stem)
        return
    workflow, file = loaded
    if _named(workflow.name, path.stem, file, found, found.workflows):
        found.workflows[workflow.name] = WorkflowFile(workflow, file)


def _parsed(path: Path, model: type[_Model], found: Definitions) -> tuple[_Model, Source] | None:
    try:
        file = source.read(path)
    except ProblemError as error:
        found.problems.append(error.problem)
        return None
    if not isinstance(file.value, dict):
        found.problems.append(file.problem("", "the file is not a mapping of fields", "`schema_version: 1` first"))
        return None
    try:
        return model.model_validate_json(json.dumps(file.value), strict=True), file
    except ValidationError as error:
        found.problems.extend(model_errors.problems(file, model, error))
        return None


def _instructions(path: Path, found: Definitions) -> str | None:
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        problem = Problem(str(path), 1, 1, "", "the file is missing", "what the model must do, in Markdown")
    except OSError as error:
        problem = Problem(str(path), 1, 1, "", f"the file cannot be read ({error.strerror})", "a readable file")
    except UnicodeDecodeError:
        problem = Problem(str(path), 1, 1, "", "the file is not UTF-8", "the file saved as UTF-8")
    else:
        if text.strip() and len(data) <= MAX_INSTRUCTIONS_BYTES:
            return text
        found_size = "the instructions are empty" if not text.strip() else f"the file has {len(data):,} bytes"
        problem = Problem(str(path), 1, 1, "", found_size, f"1 to {MAX_INSTRUCTIONS_BYTES:,} bytes of Markdown")
    found.problems.append(problem)
    return None


def _named(name: str, place: str, file: Source, found: Definitions, known: dict[str, _File]) -> bool:
    """Whether the name is the folder's (or file's) own and not taken."""
    if name != place:
        found.problems.append(file.problem("/name", f"the name `{name}` is not the folder's `{place}`", f"`{place}`"))
        found.broken.add(place)
        return False
    if name in known:
        other = known[name].source.file
        found.problems.append(file.problem("/name", f"`{name}` is already defined in {other}", "another name"))
        return False
    return True


def _folders(roots: tuple[Path, ...], manifest: str, found: Definitions) -> Iterator[Path]:
    for root in roots:
        if (root / manifest).is_file():
            yield root
            continue
        for folder in _children(root, found):
            if folder.is_dir() and _has_manifest(folder, manifest, found):
                yield folder


def _has_manifest(folder: Path, manifest: str, found: Definitions) -> bool:
    """Whether the folder is a definition. One without any manifest is told about, not silently left out."""
    names = [path.name for path in folder.iterdir() if path.is_file()]
    if manifest in names:
        return True
    if names and not _MANIFESTS.intersection(names):
        found.problems.append(_without_manifest(folder, manifest, names))
        found.broken.add(folder.name)
    return False


def _without_manifest(folder: Path, manifest: str, names: list[str]) -> Problem:
    meant = nearest(manifest, names)
    message = f"the folder has no {manifest}"
    if meant:
        return Problem(str(folder / meant), 1, 1, "", message, f"`{manifest}` as the file's name")
    return Problem(str(folder), 1, 1, "", message, f"`{manifest}`, or move the folder elsewhere", "warning")


def _files(roots: tuple[Path, ...], found: Definitions) -> Iterator[Path]:
    for root in roots:
        yield from (path for path in _children(root, found) if path.suffix in (".yaml", ".yml", ".json"))


def _children(root: Path, found: Definitions) -> list[Path]:
    if not root.is_dir():
        found.problems.append(Problem(str(root), 1, 1, "", "there is no such folder", "the path of a folder"))
        return []
    return sorted(path for path in root.iterdir() if path.name not in _IGNORED and not path.name.startswith("."))
