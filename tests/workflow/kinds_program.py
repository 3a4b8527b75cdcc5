"""A stack of its own with tools of the kinds `http` and `mcp` against real servers; says what the model read, as JSON.

python -m tests.workflow.kinds_program FOLDER
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.converse import ScriptedModel, answer, call
from local.stack import LocalStack
from tests.integration.http_target import json_reply, redirect, serving
from tests.integration.test_tool_mcp import running
from tests.workflow.endpoint import Endpoint
from tests.workflow.running import Run, World
from tests.workflow.script import Script

CALLS = ["get_order", "get_moved", "get_hidden", "mcp_order", "mcp_changed"]
_NUMBER = {"type": "object", "required": ["number"], "properties": {"number": {"type": "integer"}}}
_LIMITS = {"tokens": 100_000, "usd": 1.0, "steps": 6, "active_seconds": 900, "deadline_seconds": 3600}


class _Model(ScriptedModel):
    """Keeps the last message that it was sent."""

    last: dict[str, Any]

    def respond(self, request: dict[str, Any]) -> dict[str, Any]:
        self.last = request["messages"][-1]
        return super().respond(request)


def main() -> None:
    folder = Path(sys.argv[1])
    os.environ["TOLLGATE_ALLOW_LOOPBACK"] = "true"  # to ask the server for its digest; the stack does not see it
    with serving() as http, serving() as hostile, running(folder / "mcp") as mcp:
        http.replies = [json_reply({"order": 7})]
        hostile.replies = [redirect("http://169.254.169.254/latest/meta-data/")]
        tools: dict[str, dict[str, Any]] = {
            "get_order": _http(http.url + "/orders/{number}"),
            "get_moved": _http(hostile.url + "/{number}"),
            "get_hidden": _http("https://localhost:1/{number}", ["localhost"]),
            "mcp_order": {"kind": "mcp", "url": mcp.url, "tool": "order", "digest": mcp.digest("order")},
            "mcp_changed": {"kind": "mcp", "url": mcp.url, "tool": "order", "digest": "sha256:" + "0" * 64},
        }
        _write(folder, tools)
        told = _run(folder)
        found = {"told": told, "http": [arrived.path for arrived in http.arrived], "mcp": mcp.calls}
        sys.stdout.write(json.dumps(found) + "\n")


def _http(url: str, hosts: list[str] | None = None) -> dict[str, Any]:
    return {"kind": "http", "operation": {"method": "GET", "url": url}, "hosts": hosts or ["127.0.0.1"]}


def _run(folder: Path) -> dict[str, str]:
    """Tool -> what the model read about its call."""
    model = _Model([[call(tool, number=7) for tool in CALLS], [answer()]])
    model.start()
    environ = {name: value for name, value in os.environ.items() if name != "TOLLGATE_ALLOW_LOOPBACK"}
    roots = {"TOLLGATE_AGENTS": str(folder / "agents"), "TOLLGATE_TOOLS": str(folder / "tools")}
    environ |= {**roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url}
    with LocalStack(environ=environ, home=folder / "home") as stack:
        world = World(stack, Endpoint())
        who = {"id": "rita", "tenant": "north", "kind": "person", "claims": {}}
        started = world.send(who, "POST", "/v1/executions", {"agent": "looker", "input": {"task": "Look order 7 up."}})
        Run(world, Script([]), started.body["execution_id"], who).completed(60)
    model.stop()
    results = [block["toolResult"] for block in model.last["content"]]
    return {tool: result["content"][0]["text"] for tool, result in zip(CALLS, results, strict=True)}


def _write(folder: Path, tools: dict[str, dict[str, Any]]) -> None:
    common = {"schema_version": 1, "description": "Looks up.", "effect": "read", "hosts": ["127.0.0.1"]}
    for name, fields in tools.items():
        tool = {**common, "name": name, "input_schema": _NUMBER, "retry": {"max_attempts": 1}, **fields}
        _put(folder / "tools" / name / "tool.yaml", tool)
    agent = {
        "schema_version": 1,
        "name": "looker",
        "description": "Looks orders up.",
        "model": {"alias": "reasoning", "max_output_tokens": 256},
        "limits": _LIMITS,
        "input_schema": {
            "type": "object",
            "required": ["task"],
            "properties": {"task": {"type": "string", "x-tollgate-origin": "instruction"}},
        },
        "output_schema": {"type": "object"},
        "tools": list(tools),
    }
    _put(folder / "agents" / "looker" / "agent.yaml", agent)
    (folder / "agents" / "looker" / "instructions.md").write_text("Look up.\n")


def _put(path: Path, document: dict[str, Any]) -> None:
    """JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
