"""The agents and tools of the workflow tests, written out as the folders that `TOLLGATE_AGENTS` and `_TOOLS` name.

Every tool reports each start of its handler to the test's own endpoint and does what the answer says
(`reporting_handler.py`); the tools differ in their manifests only, and the agents in their limits and approvals.
"""

from pathlib import Path
from typing import Any

from benchmarks.definitions import write as write_folders
from tests.workflow import origin_definitions

HANDLER = Path(__file__).resolve().parent / "reporting_handler.py"

_TEXT = {"type": "string", "maxLength": 2000}
_ARGUMENTS = {
    "type": "object",
    "required": ["item", "hook"],
    "properties": {"item": _TEXT, "note": _TEXT, "hook": {**_TEXT, "description": "Where the tool reports to."}},
}
_RETRY = {"max_attempts": 3, "interval_seconds": 0.01, "backoff_rate": 1.0}
_READ = {"effect": "read", "retry": _RETRY}
_AUTO = {"effect": "write", "approval": "auto", "retry": _RETRY, "sinks": [["item"]]}

TOOLS: dict[str, dict[str, Any]] = {
    "fetch_item": _READ,
    "fetch_fragile": {**_READ, "fallback": "fetch_archive"},
    "fetch_archive": _READ,
    "fetch_slow": {**_READ, "timeout_seconds": 1, "retry": {"max_attempts": 1}},
    "write_gated": {"effect": "write", "on_retry": "keyed", "retry": _RETRY, "sinks": [["item"]]},
    "write_idempotent": {**_AUTO, "on_retry": "idempotent"},
    "write_keyed": {**_AUTO, "on_retry": "keyed"},
    "write_verified": {**_AUTO, "on_retry": "verify", "timeout_seconds": 2},
    "write_once": {**_AUTO, "on_retry": "never"},
    "write_backed": {**_AUTO, "on_retry": "keyed", "fallback": "write_once"},
    "write_fragile": {**_AUTO, "on_retry": "keyed", "fallback": "write_keyed"},
    "fetch_brittle": {**_READ, "retry": {"max_attempts": 1}},
}
_WAIVERS = {
    name: {"owner": "tests", "reason": "these tests watch it", "review_by": "2999-12-31"}
    for name, manifest in TOOLS.items()
    if manifest.get("approval") == "auto"
}
_LIMITS = {
    "tokens": 150_000, "usd": 5.0, "steps": 12, "active_seconds": 900, "deadline_seconds": 3600,
    "tool_failures": 6, "approvals": 6, "calls_per_turn": 4,
}  # fmt: skip

AGENTS: dict[str, dict[str, Any]] = {
    "worker": {},
    "few_tokens": {"limits": {"tokens": 12_000}},
    # Everything that a task may write something for.
    "whole": {
        "call_limits": {"write_keyed": {"rate": {"calls": 1000, "per_seconds": 60}}},
        "memory": {"episodes": 1},
    },
    "last_words": {"limits": {"tokens": 15_000, "summary_tokens": 3_000}},
    "enduring": {"limits": {"tokens": 1_000_000, "steps": 60}},
    "few_dollars": {"limits": {"usd": 0.05}},
    "few_steps": {"limits": {"steps": 2}},
    "short_work": {"limits": {"active_seconds": 3, "steps": 200}},
    "short_deadline": {"limits": {"deadline_seconds": 10}},
    "few_failures": {"limits": {"tool_failures": 2}},
    "one_approval": {"limits": {"approvals": 1}},
    "impatient": {"approvals": {"timeout_seconds": 2}},
    "late_escalating": {"approvals": {"timeout_seconds": 12, "escalate_to": ["role:lead"]}},
    "guarded": {
        "checks": [
            {
                "name": "words",
                "kind": "bedrock_guardrail",
                "at": ["request", "call", "answer"],
                "guardrail": "gr1",
                "version": "1",
                "timeout_seconds": 20,
            }
        ]
    },
    "escalating": {"approvals": {"timeout_seconds": 3, "escalate_to": ["role:lead"]}},
}


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them, made anew under `folder`."""
    tools = {**TOOLS, **origin_definitions.TOOLS}
    agents = {**AGENTS, **origin_definitions.AGENTS}
    return write_folders(
        folder,
        agents=[_agent(name, changes) for name, changes in agents.items()],
        tools=[_tool(name, manifest) for name, manifest in tools.items()],
        handler=HANDLER,
    )


def _tool(name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "name": name,
        "description": f"Does {name.replace('_', ' ')} and reports it.",
        "kind": "lambda",
        "input_schema": _ARGUMENTS,
        "timeout_seconds": 10,
        **manifest,
    }


def _agent(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    approvals = {"approvers": ["role:approver"], "timeout_seconds": 300, **changes.get("approvals", {})}
    return {
        "schema_version": 1,
        "name": name,
        "description": "Follows the script of a test.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": {**_LIMITS, **changes.get("limits", {})},
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {
                "task": {"type": "string", "x-tollgate-origin": "instruction"},
                "paper": {"type": "string"},
            },
        },
        "output_schema": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "waivers": _WAIVERS,
        "tools": list(TOOLS),
        **{key: value for key, value in changes.items() if key != "limits"},
        "approvals": approvals,
    }
