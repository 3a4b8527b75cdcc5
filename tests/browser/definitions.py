"""The agents and tools of the browser tests: payments that ask one person, two people, or nobody in time."""

from pathlib import Path
from typing import Any

from benchmarks.definitions import write as write_folders
from tests.workflow.definitions import HANDLER

_HOOK = {"type": "string", "description": "Where the tool reports to the test."}
_PAYMENT = {
    "type": "object",
    "required": ["vendor_id", "iban", "amount", "currency", "hook"],
    "properties": {
        "vendor_id": {"type": "string", "pattern": "^V-[0-9]+$", "description": "The vendor's number, like V-100."},
        "iban": {"type": "string"},
        "amount": {"type": "number", "exclusiveMinimum": 0, "description": "Payable with VAT."},
        "currency": {"enum": ["EUR", "USD", "GBP"]},
        "due": {"type": "string", "format": "date"},
        "urgent": {"type": "boolean"},
        "cost_centre": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "lines": {"type": "array", "items": {"type": "object"}},
        "note": {"type": "string"},
        "hook": _HOOK,
    },
}
TOOLS: dict[str, dict[str, Any]] = {
    "pay_vendor": {
        "effect": "write",
        "input_schema": _PAYMENT,
        "sinks": [["vendor_id", "iban"], ["amount", "currency"]],
        "summary": "Pay {amount} {currency} to {vendor_id}",
    },
    "delete_vendor": {
        "effect": "destructive",
        "input_schema": {
            "type": "object",
            "required": ["vendor_id", "hook"],
            "properties": {"vendor_id": {"type": "string"}, "hook": _HOOK},
        },
        "sinks": [["vendor_id"]],
        "summary": "Delete {vendor_id} and all its records",
    },
}
_HIGH = {"tool": "pay_vendor", "above": {"amount": 10_000}, "quorum": 2}
AGENTS: dict[str, dict[str, Any]] = {
    "payer": {"approvers": ["role:finance"], "rules": [_HIGH], "timeout_seconds": 600},
    "hasty": {"approvers": ["role:finance"], "escalate_to": ["role:lead"], "timeout_seconds": 12},
}


def write(folder: Path) -> dict[str, str]:
    """The environment that leads a stack to them, made anew under `folder`."""
    return write_folders(
        folder,
        agents=[_agent(name, approvals) for name, approvals in AGENTS.items()],
        tools=[_tool(name, manifest) for name, manifest in TOOLS.items()],
        handler=HANDLER,
    )


def _tool(name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "name": name,
        "description": f"Does {name.replace('_', ' ')} and reports it.",
        "kind": "lambda",
        "on_retry": "keyed",
        "timeout_seconds": 10,
        **manifest,
    }


def _agent(name: str, approvals: dict[str, Any]) -> dict[str, Any]:
    limits = {"tokens": 150_000, "usd": 5.0, "steps": 12, "active_seconds": 900, "deadline_seconds": 3600}
    return {
        "schema_version": 1,
        "name": name,
        "description": "Follows the script of a test.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": {**limits, "tool_failures": 6, "approvals": 6, "calls_per_turn": 4},
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
        },
        "output_schema": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
        "approvals": approvals,
        "tools": list(TOOLS),
    }
