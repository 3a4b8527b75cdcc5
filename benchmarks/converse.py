"""A model that answers at once: Bedrock Converse on the wire, the same script for every execution."""

import json
from collections.abc import Sequence
from typing import Any

from local.bedrock.shape import problem_with
from local.loopback import LoopbackHandler, LoopbackServer

Block = dict[str, Any]

TOKENS = {"inputTokens": 100, "outputTokens": 20, "totalTokens": 120}


def call(tool: str, **arguments: Any) -> Block:
    """A proposed call; its id becomes unique in the turn."""
    return {"toolUse": {"toolUseId": "", "name": tool, "input": arguments}}


def answer() -> Block:
    """The final answer."""
    return {"text": '{"status": "done"}'}


class ScriptedModel(LoopbackServer):
    """The n-th turn of `script` answers step n of every execution."""

    def __init__(self, script: Sequence[Sequence[Block]]) -> None:
        super().__init__(_Handler)
        self.script = script

    def script_for(self, request: dict[str, Any]) -> Sequence[Sequence[Block]]:
        """The turns of the request's execution."""
        return self.script

    def respond(self, request: dict[str, Any]) -> dict[str, Any]:
        """Converse's response. Raises `ValueError` for a request that Converse would refuse."""
        problem = problem_with(request)
        script, step = self.script_for(request), int(request["requestMetadata"]["tollgate_step"])
        if problem or step > len(script):
            raise ValueError(problem or f"the script has {len(script)} turns, not {step}")
        content = [_with_id(block, f"tooluse_{step}_{index}") for index, block in enumerate(script[step - 1])]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": "tool_use" if "toolUse" in content[0] else "end_turn",
            "usage": TOKENS,
            "metrics": {"latencyMs": 1},
        }


def _with_id(block: Block, tool_use_id: str) -> Block:
    return {"toolUse": {**block["toolUse"], "toolUseId": tool_use_id}} if "toolUse" in block else block


class _Handler(LoopbackHandler):
    server: ScriptedModel

    def respond(self) -> None:
        try:
            status, document, kind = 200, self.server.respond(json.loads(self.read_body())), ""
        except ValueError as error:
            status, document, kind = 400, {"message": str(error)}, "ValidationException"
        headers = {"Content-Type": "application/json"} | ({"x-amzn-ErrorType": kind} if kind else {})
        self.answer(status, json.dumps(document).encode(), headers)
