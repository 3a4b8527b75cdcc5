"""The agent and the two tools of the gates bench."""

from pathlib import Path
from typing import Any

from benchmarks import definitions
from benchmarks.definitions import TEXT

HANDLER = Path(__file__).with_name("tool") / "handler.py"
READ, WRITE = "look_up", "write_down"
_SCHEMA = {
    "type": "object",
    "required": ["item", "amount", "hook"],
    "properties": {"item": TEXT, "amount": {"type": "integer"}, "hook": TEXT},
}


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them."""
    tools = [
        _tool(READ, effect="read"),
        _tool(WRITE, effect="write", sinks=[["item", "amount"]], on_retry="keyed"),
    ]
    agent = definitions.agent(
        "clerk",
        [READ, WRITE],
        limits={"tokens": 100_000, "usd": 1.0, "steps": 8, "active_seconds": 1800, "deadline_seconds": 7200},
        approvals={"approvers": ["role:approver"], "timeout_seconds": 3600},
    )
    return definitions.write(folder, agents=[agent], tools=tools, handler=HANDLER)


def _tool(name: str, **more: Any) -> dict[str, Any]:
    described = {"schema_version": 1, "name": name, "description": f"Does {name}.", "kind": "lambda"}
    return {**described, "input_schema": _SCHEMA, "timeout_seconds": 20, **more}
