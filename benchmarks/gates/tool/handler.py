"""The handler of both tools of the gates bench: reports who called it, for which execution, with what."""

import json
import os
import urllib.request
from typing import Any

from tollgate.tool_runtime.tool_call import ToolCall


def handle(arguments: dict[str, Any], call: ToolCall) -> Any:
    """One effect, or one look: the other side keeps what came."""
    report = {
        "tool": os.environ["AWS_LAMBDA_FUNCTION_NAME"].rpartition("-tool-")[2],
        "execution_id": call.execution_id,
        "key": call.idempotency_key,
        "item": arguments["item"],
        "amount": arguments["amount"],
    }
    request = urllib.request.Request(arguments["hook"], json.dumps(report).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30):
        return {"item": arguments["item"]}
