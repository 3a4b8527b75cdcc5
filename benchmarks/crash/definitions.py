"""The agent and the tools of the crash bench."""

from pathlib import Path
from typing import Any

from benchmarks import definitions
from benchmarks.definitions import TEXT

KINDS = ("idempotent", "keyed", "verify", "never")
HANDLER = Path(__file__).with_name("tool") / "handler.py"


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them. Two tools for each `on_retry`: the second is the fallback."""
    tools = {name: manifest for kind in KINDS for name, manifest in _tools(kind).items()}
    return definitions.write(folder, agents=[_agent(list(tools))], tools=tools.values(), handler=HANDLER)


def _tools(kind: str) -> dict[str, dict[str, Any]]:
    common = {
        "schema_version": 1,
        "description": "Books one entry.",
        "kind": "lambda",
        "effect": "write",
        "approval": "auto",
        "input_schema": {"type": "object", "required": ["item", "hook"], "properties": {"item": TEXT, "hook": TEXT}},
        "sinks": [["item"]],
        "on_retry": kind,
        "retry": {"max_attempts": 1},
        "timeout_seconds": 2,
    }
    spare = f"spare_{kind}"
    return {f"book_{kind}": {**common, "name": f"book_{kind}", "fallback": spare}, spare: {**common, "name": spare}}


def _agent(tools: list[str]) -> dict[str, Any]:
    waiver = {"owner": "bench", "reason": "counted by the bench", "review_by": "2999-12-31"}
    return definitions.agent(
        "booker",
        tools,
        limits={"tokens": 100_000, "usd": 1.0, "steps": 6, "active_seconds": 600, "deadline_seconds": 3600},
        approvals={"approvers": ["role:approver"], "timeout_seconds": 600},
        waivers=dict.fromkeys(tools, waiver),
    )
