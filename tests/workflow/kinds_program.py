"""A stack of its own with tools of the kinds `http` and `mcp` against real servers; says what the model read, as JSON.

python -m tests.workflow.kinds_program FOLDER
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.converse import ScriptedModel, answer, call
from local.lambda_host.environment import Platform
from local.lambda_host.function import FunctionSpec
from local.lambda_host.host import LambdaHost
from local.stack import LocalStack
from tests.integration.http_target import json_reply, redirect, serving
from tests.integration.test_tool_mcp import running
from tests.workflow.endpoint import Endpoint
from tests.workflow.running import Run, World
from tests.workflow.script import Script

CALLS = ["get_order", "get_moved", "get_hidden", "mcp_order", "mcp_changed", "old_orders", "old_gone"]
_NUMBER = {"type": "object", "required": ["number"], "properties": {"number": {"type": "integer"}}}
_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:"
_EXISTING = """
def handler(event, context):
    return {"event": event, "key": context.client_context.custom["idempotency_key"], "rows": ["row" * 10] * 20_000}
"""
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
    with serving() as http, serving() as hostile, running(folder / "mcp") as mcp, _emulator(folder) as lambda_url:
        http.replies = [json_reply({"order": 7})]
        hostile.replies = [redirect("http://169.254.169.254/latest/meta-data/")]
        tools: dict[str, dict[str, Any]] = {
            "get_order": _http(http.url + "/orders/{number}"),
            "get_moved": _http(hostile.url + "/{number}"),
            "get_hidden": _http("https://localhost:1/{number}", ["localhost"]),
            "mcp_order": _mcp(mcp.url, mcp.digest("order")),
            "mcp_changed": _mcp(mcp.url, "sha256:" + "0" * 64),
            "old_orders": {"kind": "function_arn", "function_arn": _ARN + "orders"},
            "old_gone": {"kind": "function_arn", "function_arn": _ARN + "gone"},
        }
        _write(folder, tools)
        told = _run(folder, lambda_url)
        found = {"told": told, "http": [arrived.path for arrived in http.arrived], "mcp": mcp.calls}
        sys.stdout.write(json.dumps(found) + "\n")


def _http(url: str, hosts: list[str] | None = None) -> dict[str, Any]:
    return {"kind": "http", "operation": {"method": "GET", "url": url}, "hosts": hosts or ["127.0.0.1"]}


def _mcp(url: str, digest: str) -> dict[str, Any]:
    return {"kind": "mcp", "url": url, "tool": "order", "digest": digest, "hosts": ["127.0.0.1"]}


@contextmanager
def _emulator(folder: Path) -> Iterator[str]:
    """Another Lambda than the stack's, with a function that knows nothing of Tollgate."""
    host = LambdaHost(folder / "elsewhere")
    host.start()
    code = folder / "existing"
    code.mkdir()
    (code / "handler.py").write_text(_EXISTING)
    urls = dict.fromkeys(("aws_url", "lambda_url", "bedrock_url", "slack_url"), "http://127.0.0.1:1")
    spec = FunctionSpec("orders", _ARN + "orders", "handler.handler", code, timeout_seconds=20)
    host.deploy(spec, Platform(region="eu-central-1", caller=os.environ, **urls))
    yield host.url
    host.stop()


def _run(folder: Path, lambda_url: str) -> dict[str, str]:
    """Tool -> what the model read about its call."""
    model = _Model([[call(tool, number=7) for tool in CALLS], [answer()]])
    model.start()
    environ = {name: value for name, value in os.environ.items() if name != "TOLLGATE_ALLOW_LOOPBACK"}
    roots = {"TOLLGATE_AGENTS": str(folder / "agents"), "TOLLGATE_TOOLS": str(folder / "tools")}
    environ |= {**roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url, "AWS_ENDPOINT_URL_LAMBDA": lambda_url}
    with LocalStack(environ=environ, home=folder / "home") as stack:
        world = World(stack, Endpoint())
        who = {"id": "rita", "tenant": "north", "kind": "person", "claims": {}}
        started = world.send(who, "POST", "/v1/executions", {"agent": "looker", "input": {"task": "Look order 7 up."}})
        Run(world, Script([]), started.body["execution_id"], who).completed(60)
    model.stop()
    results = [block["toolResult"] for block in model.last["content"]]
    return {tool: result["content"][0]["text"] for tool, result in zip(CALLS, results, strict=True)}


def _write(folder: Path, tools: dict[str, dict[str, Any]]) -> None:
    common = {"schema_version": 1, "description": "Looks up.", "effect": "read"}
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
