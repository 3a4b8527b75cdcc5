"""What must never get out, planted everywhere; and the agent and the tools that it is planted in.

Secrets are put together here, so that no scanner of repositories takes them for somebody's.
"""

import json
from pathlib import Path
from typing import Any

_RUN = "c4n4ry"
IN_REQUEST = "gh" + "p_" + (_RUN + "Request0") * 4
IN_DOCUMENT = "AK" + "IACANARYDOC2345678"
IN_KEY_BLOCK = "MIIC4n4ryKeyBlock" + "x9Qz" * 12
IN_OUTPUT = "sk" + "_live_" + _RUN + "Output000000000000"
IN_EXCEPTION = "xo" + "xb-1234567890-" + _RUN + "Exception"
IN_STDOUT = "gl" + "pat-" + _RUN + "Stdout00000000000"
IN_STACK_TRACE = _RUN + "-stack-trace-word"
IN_SECRETS_MANAGER = "quiet-harbour-lantern-" + _RUN
READ_BY_CODE = "velvet-orchard-compass-" + _RUN
IN_MODEL_TEXT = "hf" + "_" + "CanaryModelText" + "abcdefghijklmnopqrs"
SECRETS = {
    "request": IN_REQUEST,
    "document": IN_DOCUMENT,
    "key block": IN_KEY_BLOCK,
    "tool output": IN_OUTPUT,
    "tool exception": IN_EXCEPTION,
    "tool stdout": IN_STDOUT,
    "tool stack trace": IN_STACK_TRACE,
    "secret header": IN_SECRETS_MANAGER,
    "secret read by a tool's code": READ_BY_CODE,
    "model text": IN_MODEL_TEXT,
}
NEVER_KEPT = {"tool stdout", "tool stack trace", "secret header", "secret read by a tool's code"}
"""Secrets that only a process had: its own log is masked, and Secrets Manager's values reach not even the journal."""

NAME, PHONE, EMAIL, STREET, AGE = (
    "Wilhelmina Canaryson",
    "+49 171 5550188",
    "w.canaryson@canary.test",
    "Vogelweg 7b",
    37,
)
PERSONAL = {"name": NAME, "phone": PHONE, "e-mail": EMAIL, "street": STREET}
REFORMATTED = "+491715550188"
"""The phone number as a model may write it."""

_TEXT = {"type": "string", "maxLength": 2000}
_HANDLER = f'''
import logging, os, sys, traceback
import boto3
from tollgate.errors import ToolUnavailableError

def handle(arguments, call):
    print("asked for", arguments)
    print("a token on a line of its own:\\n{IN_STDOUT}")
    secret = boto3.client("secretsmanager").get_secret_value(SecretId="canary-code")["SecretString"]
    logging.getLogger("tool").warning("using %s", secret)
    output = {{
        "email": "{EMAIL}", "home": {{"street": "{STREET}", "city": "Ulm"}}, "age": {AGE},
        "note": "billing key {IN_OUTPUT}", "echo": secret,
    }}
    print("returns", output, file=sys.stderr)
    return output
'''
_BROKEN = f"""
import logging, traceback
from tollgate.errors import ToolUnavailableError

def handle(arguments, call):
    try:
        raise ConnectionError("postgres://app:{IN_STACK_TRACE}@db.internal/customers of " + arguments["name"])
    except ConnectionError:
        logging.getLogger("tool").exception("the database said no")
        traceback.print_exc()
    raise ToolUnavailableError("slack says {IN_EXCEPTION} about " + arguments["name"])
"""
_QUIET = 'def handle(arguments, call):\n    print("done", arguments)\n    return {"ok": True}\n'


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def tools(http_url: str) -> dict[str, tuple[dict[str, Any], str | None]]:
    """Manifest and handler by name."""
    by_name = _object(name=_TEXT)
    reads = {"kind": "lambda", "effect": "read", "input_schema": by_name, "retry": {"max_attempts": 1}}
    secret_rights = [
        {
            "actions": ["secretsmanager:GetSecretValue"],
            "resources": ["arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:canary-code-abcdef"],
        }
    ]
    return {
        "find_customer": ({**reads, "permissions": secret_rights, "trusted_output": ["/email"]}, _HANDLER),
        "find_contract": ({**reads, "fallback": "find_archive"}, _BROKEN),
        "find_archive": (reads, _QUIET),
        "fetch_stock": (
            {
                "kind": "http",
                "effect": "read",
                "input_schema": by_name,
                "operation": {"method": "GET", "url": http_url + "/stock", "query": ["name"]},
                "hosts": ["127.0.0.1"],
                "secret": {"name": "canary-header", "header": "X-Key"},
                "retry": {"max_attempts": 1},
            },
            None,
        ),
        "send_letter": (
            {
                "kind": "lambda",
                "effect": "external",
                "input_schema": _object(to=_TEXT, text=_TEXT),
                "sinks": [["to"]],
                "summary": "Write to {to}: {text}",
                "on_retry": "idempotent",
            },
            _QUIET,
        ),
        "file_note": (
            {
                "kind": "lambda",
                "effect": "write",
                "input_schema": _object(folder=_TEXT, text=_TEXT),
                "sinks": [["folder"]],
                "summary": "File a note in {folder}: {text}",
                "on_retry": "idempotent",
            },
            _QUIET,
        ),
    }


def agent() -> dict[str, Any]:
    """An agent that declares what is personal in its input and in what its tools return."""
    contact = {
        "type": "object",
        "required": ["name", "phone", "age"],
        "properties": {
            "name": {"type": "string"},
            "phone": {"type": "string"},
            "age": {"type": "integer", "maximum": 120},
        },
    }
    return {
        "schema_version": 1,
        "name": "desk",
        "description": "Writes letters.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": {"tokens": 100_000, "usd": 1.0, "steps": 8, "active_seconds": 900, "deadline_seconds": 3600},
        "input_schema": {
            "type": "object",
            "required": ["task", "contact"],
            "properties": {
                "task": {"type": "string", "x-tollgate-origin": "instruction"},
                "letter": {"type": "string"},
                "contact": contact,
            },
        },
        "output_schema": {
            "type": "object",
            "required": ["status"],
            "properties": {"status": {"enum": ["done"]}, "to": {"type": "string"}},
        },
        "approvals": {"approvers": ["role:approver"], "timeout_seconds": 300},
        "personal_fields": ["/contact", "/find_customer/email", "/find_customer/home/street", "/find_customer/age"],
        "tools": list(tools("http://127.0.0.1:1")),
    }


def write(folder: Path, http_url: str) -> tuple[Path, Path]:
    """The folders of agents and of tools."""
    for name, (manifest, handler) in tools(http_url).items():
        whole = {"schema_version": 1, "name": name, "description": "Does it.", "timeout_seconds": 10, **manifest}
        _put(folder / "tools" / name / "tool.yaml", json.dumps(whole))
        if handler:
            _put(folder / "tools" / name / "handler.py", handler)
    _put(folder / "agents" / "desk" / "agent.yaml", json.dumps(agent()))
    _put(folder / "agents" / "desk" / "instructions.md", "Write letters.\n")
    return folder / "agents", folder / "tools"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
