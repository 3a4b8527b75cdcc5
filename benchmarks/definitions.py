"""Scripted agents and their tools, written out as the folders that a stack takes."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
TEXT = {"type": "string", "maxLength": 200}


def agent(name: str, tools: list[str], **more: Any) -> dict[str, Any]:
    """An agent that follows a script: it takes a task and answers with a status."""
    return {
        "schema_version": 1,
        "name": name,
        "description": "Does with a tool what the task says.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
        },
        "output_schema": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "tools": tools,
        **more,
    }


def write(folder: Path, *, agents: Iterable[Document], tools: Iterable[Document], handler: Path) -> dict[str, str]:
    """The environment that leads a stack to them, made anew under `folder`; the same handler serves every tool."""
    roots = {"TOLLGATE_AGENTS": folder / "agents", "TOLLGATE_TOOLS": folder / "tools"}
    for root in roots.values():
        shutil.rmtree(root, ignore_errors=True)
    for agent in agents:
        _put(folder / "agents" / agent["name"] / "agent.yaml", agent)
        (folder / "agents" / agent["name"] / "instructions.md").write_text("Do what the task says.\n")
    for tool in tools:
        _put(folder / "tools" / tool["name"] / "tool.yaml", tool)
        shutil.copy(handler, folder / "tools" / tool["name"] / "handler.py")
    return {name: str(root) for name, root in roots.items()}


def _put(path: Path, document: Document) -> None:
    """JSON is YAML."""
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document, indent=2))
