"""The agent and the two tools of the gates bench, written out as the folders that a stack takes."""

import json
import shutil
from pathlib import Path
from typing import Any

HANDLER = Path(__file__).with_name("tool") / "handler.py"
READ, WRITE = "look_up", "write_down"
_TEXT = {"type": "string", "maxLength": 200}
_SCHEMA = {
    "type": "object",
    "required": ["item", "amount", "hook"],
    "properties": {"item": _TEXT, "amount": {"type": "integer"}, "hook": _TEXT},
}


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them."""
    for name, effect in ((READ, {"effect": "read"}), (WRITE, {"effect": "write", "sinks": [["item", "amount"]]})):
        _put(folder / "tools" / name / "tool.yaml", _tool(name, effect))
        shutil.copy(HANDLER, folder / "tools" / name / "handler.py")
    _put(folder / "agents" / "clerk" / "agent.yaml", _agent())
    (folder / "agents" / "clerk" / "instructions.md").write_text("Do what the task says.\n")
    return {"TOLLGATE_AGENTS": str(folder / "agents"), "TOLLGATE_TOOLS": str(folder / "tools")}


def _tool(name: str, effect: dict[str, Any]) -> dict[str, Any]:
    described = {"schema_version": 1, "name": name, "description": f"Does {name}.", "kind": "lambda"}
    keyed = {"on_retry": "keyed"} if effect["effect"] == "write" else {}
    return {**described, "input_schema": _SCHEMA, "timeout_seconds": 20, **effect, **keyed}


def _agent() -> dict[str, Any]:
    return {
        "schema_version": 1,
        "name": "clerk",
        "description": "Looks up or writes down one entry.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": {"tokens": 100_000, "usd": 1.0, "steps": 8, "active_seconds": 1800, "deadline_seconds": 7200},
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
        },
        "output_schema": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "approvals": {"approvers": ["role:approver"], "timeout_seconds": 3600},
        "tools": [READ, WRITE],
    }


def _put(path: Path, document: dict[str, Any]) -> None:
    """JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
