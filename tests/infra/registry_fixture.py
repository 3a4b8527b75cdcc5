"""Registries made for tests: tools of every kind as the compiler would write them, without running it."""

import json
from pathlib import Path
from typing import Any

from infra.definitions import Definitions, read

DIGEST = "sha256:" + "0" * 64


def tool_entry(name: str, prefix: str, **manifest: Any) -> dict[str, Any]:
    """One tool's registry entry with the manifest's defaults applied."""
    defaults: dict[str, Any] = {
        "schema_version": 1, "name": name, "description": f"What {name} does.", "kind": "lambda", "effect": "read",
        "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": False},
        "timeout_seconds": 30, "retry": {"max_attempts": 3, "interval_seconds": 1.0, "backoff_rate": 2.0},
        "memory_mb": 256, "permissions": [], "environment": {}, "function_arn": None, "secret": None,
    }  # fmt: skip
    return {
        "manifest": defaults | manifest,
        "digest": DIGEST,
        "policy_digest": DIGEST,
        "function_name": f"{prefix}-tool-{name}",
    }


def definitions(folder: Path, prefix: str, tools: dict[str, dict[str, Any]], **parts: Any) -> Definitions:
    """A registry with these tools, each with a one-line handler in a folder of its own."""
    folders = {}
    for name in tools:
        tool_folder = folder / "tools" / name
        tool_folder.mkdir(parents=True, exist_ok=True)
        (tool_folder / "handler.py").write_text(f"def handle(arguments, call):\n    return {name!r}\n")
        folders[name] = str(tool_folder)
    document = {
        "schema_version": 1, "stage": "dev", "prefix": prefix, "agents": {}, "principals": [], "slack": {},
        "models": {"reasoning": {"provider": "bedrock", "model": "global.example.model-1", "region": None,
                                 "secret_id": None}},
        "tools": {name: tool_entry(name, prefix, **manifest) for name, manifest in tools.items()},
    } | parts  # fmt: skip
    registry = folder / "registry.json"
    registry.write_text(json.dumps(document))
    registry.with_name("registry.json.folders.json").write_text(json.dumps(folders))
    return read(registry)


SAMPLE_AGENTS: dict[str, dict[str, Any]] = {
    "guarded": {
        "definition": {
            "checks": [
                {
                    "kind": "bedrock_guardrail",
                    "at": ["call", "answer"],
                    "guardrail": "gr1",
                    "region": None,
                    "secret": None,
                },
                {
                    "kind": "bedrock_guardrail",
                    "at": ["call"],
                    "guardrail": "gr2",
                    "region": "us-west-2",
                    "secret": None,
                },
                {
                    "kind": "http",
                    "at": ["request"],
                    "guardrail": None,
                    "region": None,
                    "secret": {"name": "guards/key"},
                },
            ]
        }
    },
    "plain": {"definition": {}},
}

SAMPLE_TOOLS: dict[str, dict[str, Any]] = {
    "look_up": {
        "permissions": [{
            "actions": ["dynamodb:GetItem"],
            "resources": ["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Prefix}-ledger"],
        }],
        "environment": {"LEDGER_TABLE": "${Prefix}-ledger"},
    },
    "read_document": {
        "input_schema": {"type": "object", "properties": {"text": {"type": "string", "x-tollgate-document": True}}}
    },
    "send_letter": {"effect": "external", "kind": "http", "secret": {"name": "letters/key"}},
    "call_other": {"kind": "function_arn", "effect": "write",
                   "function_arn": "arn:aws:lambda:eu-west-1:111122223333:function:other"},
    "slow": {"timeout_seconds": 600, "retry": {"max_attempts": 1, "interval_seconds": 0, "backoff_rate": 1.0}},
}  # fmt: skip
