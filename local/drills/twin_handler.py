"""The recorded twin of a tool: has no effect, writes down every start, and misbehaves as the drill orders.

`FOLDER` is written in when the twin is made: a function of the stack sees no environment of ours. Each drill has a
tenant of its own, so that several can be on at once.
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
    place = FOLDER / call.principal.tenant
    order = json.loads((place / "orders.json").read_text("utf-8")).get(TOOL, {})
    number = _lines(place / "starts.jsonl", "tool").count(TOOL) + 1
    _write(place / "starts.jsonl", arguments, call)
    if number <= order.get("times", 10**6):
        _misbehave(order.get("do", "return"))
    _write(place / "done.jsonl", arguments, call)
    if "characters" in order:
        return {"text": "lorem ipsum " * (order["characters"] // 12)}
    return order.get("value", {"drill": "done"}) if "numbered" not in order else {"drill": "done", "number": number}


def verify(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What an earlier start achieved, by its key."""
    done = _lines(FOLDER / call.principal.tenant / "done.jsonl", "key")
    return {"drill": "done", "verified": True} if call.idempotency_key in done else None


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


def _lines(path: Path, field: str) -> list[str]:
    return [json.loads(line)[field] for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _write(path: Path, arguments: dict[str, Any], call: ToolCall) -> None:
    line = {"tool": TOOL, "key": call.idempotency_key, "execution": call.execution_id, "arguments": arguments}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
