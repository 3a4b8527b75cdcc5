"""The Lambda entry point of every tool function. `tool.json` beside the handler says which tool it is."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from tollgate.definitions.registry import ToolEntry
from tollgate.errors import CallRefusedError, DefinitionError
from tollgate.redaction.boundary import guarded
from tollgate.redaction.process import wordless
from tollgate.store.stores import Stores
from tollgate.tool_runtime.breaker import Breaker
from tollgate.tool_runtime.code import CodeRunner
from tollgate.tool_runtime.function_arn import FunctionRunner
from tollgate.tool_runtime.http_operation import HttpRunner
from tollgate.tool_runtime.mcp_tool import McpRunner
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.run_call import run_call
from tollgate.tool_runtime.runner import Runner

logger = Logger(service="tool")


@cache
def _entry() -> ToolEntry:
    path = Path(os.environ["LAMBDA_TASK_ROOT"]) / "tool.json"
    return ToolEntry.model_validate(json.loads(path.read_text("utf-8")))


@cache
def _stores() -> Stores:
    return Stores.from_environment()


@cache
def _runner() -> Runner:
    manifest = _entry().manifest
    if manifest.kind == "lambda":
        return CodeRunner(Path(os.environ["LAMBDA_TASK_ROOT"]))
    if manifest.kind == "function_arn" and manifest.function_arn:
        return FunctionRunner(manifest)
    if manifest.kind == "http" and manifest.operation:
        return HttpRunner(manifest, manifest.operation)
    if manifest.kind == "mcp":
        return McpRunner(manifest)
    raise DefinitionError(f"{manifest.name}: kind {manifest.kind} cannot be run")


@cache
def _breaker() -> Breaker:
    return Breaker(_entry().manifest.name, _stores().settings.calls_table)


@guarded()
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """Runs one call and returns `{id, status}`; nothing of arguments, output or errors passes through the machine."""
    manifest = _entry().manifest
    logger.append_keys(tool=manifest.name, execution=event["execution"], step=event["step"], call=event["call"])
    platform = Platform(_stores(), lambda: context.get_remaining_time_in_millis() / 1000)
    try:
        answer = run_call(platform, _entry(), _runner(), event, _breaker())
    except CallRefusedError:
        raise  # in the ledger's own words
    except Exception as error:
        # A tool's message may quote anything, and so may the lines of its code that a traceback shows. The ledger has
        # the message, and the state machine reads the name alone.
        told = f"{manifest.name}: call {event['call']} of step {event['step']} ended so; its record says more"
        raise wordless(error, told) from None
    logger.info("call finished", extra=dict(answer))
    return answer
