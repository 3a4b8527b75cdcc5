"""Agents and tools whose labels say what may vouch for a payment, and lookups that echo what they were told."""

from typing import Any

_TEXT = {"type": "string", "maxLength": 2000}
_HOOK = {**_TEXT, "description": "Where the tool reports to."}


def _arguments(**named: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*named, "hook"], "properties": {**named, "hook": _HOOK}}


TOOLS: dict[str, dict[str, Any]] = {
    "find_vendor": {
        "effect": "read",
        "input_schema": _arguments(name=_TEXT),
        "trusted_output": ["/vendor/id", "/vendor/iban"],
        "retry": {"max_attempts": 1},
        "fallback": "find_vendor_elsewhere",
    },
    "find_vendor_elsewhere": {"effect": "read", "input_schema": _arguments(name=_TEXT)},
    "find_account": {
        "effect": "read",
        "input_schema": _arguments(iban=_TEXT),
        "trusted_output": ["/iban", "/holder"],
    },
    "list_bills": {
        "effect": "read",
        "input_schema": _arguments(),
        "trusted_output": ["/bills/*/iban", "/bills/*/amount"],
    },
    "pay_bill": {
        "effect": "write",
        "approval": "auto",
        "on_retry": "idempotent",
        "input_schema": {
            "type": "object",
            "required": ["iban", "hook"],
            "properties": {"iban": _TEXT, "amount": {"type": "number"}, "note": _TEXT, "hook": _HOOK},
        },
        "sinks": [["iban", "amount"]],
        "formats": {"iban": "iban"},
    },
}

_PAYER: dict[str, Any] = {
    "tools": list(TOOLS),
    "waivers": {"pay_bill": {"owner": "tests", "reason": "these tests watch it", "review_by": "2999-12-31"}},
}
AGENTS: dict[str, dict[str, Any]] = {
    "payer": _PAYER,
    "flagging_payer": {**_PAYER, "admission": "flag"},
    "forgetful_payer": {**_PAYER, "memory": {"window": 1}},
    "vendor_reader": {"tools": ["find_vendor", "find_vendor_elsewhere"], "waivers": {}},
}
