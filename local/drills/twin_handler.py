"""The recorded twin of a tool: has no effect, writes down every start, and misbehaves as the drill orders.

`FOLDER` is written in when the twin is made: a function of the stack sees no environment of ours.
"""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

from tollgate.errors import ToolTransientError
from tollgate.tool_runtime.tool_call import ToolCall

FOLDER = Path("@FOLDER@")
TOOL = "@TOOL@"


def handle(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What the drill ordered for this start."""
    order = json.loads((FOLDER / "orders.json").read_text("utf-8")).get(TOOL, {})
    number = len(_starts(call)) + 1
    _write("starts.jsonl", arguments, call)
    if number <= order.get("times", 10**6):
        _misbehave(order.get("do", "return"))
    _write("done.jsonl", arguments, call)
    if "characters" in order:
        return {"text": "lorem ipsum " * (order["characters"] // 12)}
    return order.get("value", {"drill": "done"}) if "numbered" not in order else {"drill": "done", "number": number}


def verify(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What an earlier start achieved, by its key."""
    return {"drill": "done", "verified": True} if call.idempotency_key in _lines("done.jsonl", "key") else None


def _misbehave(what: str) -> None:
    match what:
        case "hang":
            threading.Event().wait(3_600)
        case "transient":
            raise ToolTransientError("the drill's tool asks to be tried again")
        case "fail":
            raise RuntimeError("the drill's tool is broken")
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)


def _starts(call: ToolCall) -> list[str]:
    return [tool for tool in _lines("starts.jsonl", "tool") if tool == TOOL]


def _lines(name: str, field: str) -> list[str]:
    path = FOLDER / name
    return [json.loads(line)[field] for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _write(name: str, arguments: dict[str, Any], call: ToolCall) -> None:
    line = {"tool": TOOL, "key": call.idempotency_key, "execution": call.execution_id, "arguments": arguments}
    with (FOLDER / name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
