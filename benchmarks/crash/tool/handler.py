"""The handler of every tool of the crash bench: reports where it is, and is killed there."""

import json
import os
import urllib.request
from typing import Any

from tollgate.errors import ToolUnavailableError
from tollgate.store.calls import Calls
from tollgate.tool_runtime.tool_call import ToolCall

SPARE = os.environ["AWS_LAMBDA_FUNCTION_NAME"].rpartition("-tool-")[2].startswith("spare")
_finish = Calls.finish


def handle(arguments: dict[str, Any], call: ToolCall) -> Any:
    """One effect."""
    if tell("about", arguments, call)["unavailable"]:
        raise ToolUnavailableError("this one is down")
    if tell("effect", arguments, call)["die_when_recorded"]:
        _die_when_recorded(arguments, call)
    return {"booked": arguments["item"]}


def verify(arguments: dict[str, Any], call: ToolCall) -> Any:
    """What the provider knows of this run."""
    return {"booked": arguments["item"]} if tell("look", arguments, call)["done"] else None


def tell(at: str, arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """Reports to the provider, which may kill this process before it answers."""
    report = {
        "at": at, "run": arguments["item"], "pid": os.getpid(), "key": call.idempotency_key, "spare": SPARE
    }  # fmt: skip
    request = urllib.request.Request(arguments["hook"], json.dumps(report).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def _die_when_recorded(arguments: dict[str, Any], call: ToolCall) -> None:
    """The wrapper's own record is the last thing that this process does."""

    def finish(*given: Any, **named: Any) -> Any:
        _finish(*given, **named)
        return tell("recorded", arguments, call)

    Calls.finish = finish  # type: ignore[method-assign]  # there is no seam between the record and the answer
