"""The agent and the tools of the crash bench, written out as the folders that a stack takes."""

import json
import shutil
from pathlib import Path
from typing import Any

KINDS = ("idempotent", "keyed", "verify", "never")
HANDLER = Path(__file__).with_name("tool") / "handler.py"
_TEXT = {"type": "string", "maxLength": 200}


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them. Two tools for each `on_retry`: the second is the fallback."""
    tools = {name: manifest for kind in KINDS for name, manifest in _tools(kind).items()}
    for name, manifest in tools.items():
        _put(folder / "tools" / name / "tool.yaml", manifest)
        shutil.copy(HANDLER, folder / "tools" / name / "handler.py")
    _put(folder / "agents" / "booker" / "agent.yaml", _agent(list(tools)))
    (folder / "agents" / "booker" / "instructions.md").write_text("Book what the task says.\n")
    return {"TOLLGATE_AGENTS": str(folder / "agents"), "TOLLGATE_TOOLS": str(folder / "tools")}


def _tools(kind: str) -> dict[str, dict[str, Any]]:
    common = {
        "schema_version": 1,
        "description": "Books one entry.",
        "kind": "lambda",
        "effect": "write",
        "approval": "auto",
        "input_schema": {"type": "object", "required": ["item", "hook"], "properties": {"item": _TEXT, "hook": _TEXT}},
        "sinks": [["item"]],
        "on_retry": kind,
        "retry": {"max_attempts": 1},
        "timeout_seconds": 2,
    }
    spare = f"spare_{kind}"
    return {f"book_{kind}": {**common, "name": f"book_{kind}", "fallback": spare}, spare: {**common, "name": spare}}


def _agent(tools: list[str]) -> dict[str, Any]:
    waiver = {"owner": "bench", "reason": "counted by the bench", "review_by": "2999-12-31"}
    return {
        "schema_version": 1,
        "name": "booker",
        "description": "Books one entry with the tool that the task names.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": {"tokens": 100_000, "usd": 1.0, "steps": 6, "active_seconds": 600, "deadline_seconds": 3600},
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
        },
        "output_schema": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "approvals": {"approvers": ["role:approver"], "timeout_seconds": 600},
        "waivers": dict.fromkeys(tools, waiver),
        "tools": tools,
    }


def _put(path: Path, document: dict[str, Any]) -> None:
    """JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
