"""One server for a test session: it speaks Converse to the stack and takes the tools' reports, by script.

Which script answers is told by `[script:<name>]` in the request's first message; what arrives is counted here, on the
wire, and never read from the product's own ledger.
"""

import copy
import json
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from local.bedrock.shape import problem_with
from local.loopback import LoopbackHandler, LoopbackServer
from tests.workflow.script import HOLD_SECONDS, Script, Started, Turn

PAUSE_SECONDS = 0.05
OBJECTED, BROKEN = "forbidden-word", "broken-guard"
"""What the guardrail intervenes on, and what makes it fail."""
_SCRIPT = re.compile(r"\[script:([0-9a-f]{32})\]")


class Endpoint:
    """Serves every script; `changed` is notified whenever something arrives."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._scripts: dict[str, Script] = {}
        self.guarded: list[tuple[str, str]] = []
        self._server = LoopbackServer(type("ScriptHandler", (_Handler,), {"endpoint": self}))
        self.url = self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def serve(self, script: Script) -> None:
        """Makes the script known, under a name of its own."""
        script.name = uuid.uuid4().hex
        script.hook = f"{self.url}/tool/{script.name}"
        self._scripts[script.name] = script

    def converse(self, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        """The scripted answer to one request of the model's."""
        found = _SCRIPT.search(json.dumps(request["messages"][0]))
        script = self._scripts[found[1]] if found else None
        if script is None:
            return 400, {"x-amzn-ErrorType": "ValidationException"}, {"message": "no script is named"}
        problem = problem_with(request)
        with self.changed:
            step = int(request["requestMetadata"]["tollgate_step"])
            script.requests.append((step, request))
            if problem:
                script.refused.append(problem)
            turn = script.turn_for(step)
            self.changed.notify_all()
        if turn.hold:
            turn.hold.wait(HOLD_SECONDS)
        if problem or turn.error:
            kind, status = ("ValidationException", 400) if problem else (turn.error, turn.status)
            return status, {"x-amzn-ErrorType": kind}, {"message": problem or "as scripted"}
        return 200, {}, _filled(turn, script, step)

    def apply_guardrail(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Bedrock's `ApplyGuardrail`, which the same endpoint serves."""
        text = "".join(block["text"]["text"] for block in request["content"])
        with self.changed:
            self.guarded.append((request["source"], text))
        if BROKEN in text:
            return 500, {"message": "as asked"}
        words = {"wordPolicy": {"customWords": [{"match": OBJECTED, "action": "BLOCKED"}], "managedWordLists": []}}
        found = OBJECTED in text
        action = "GUARDRAIL_INTERVENED" if found else "NONE"
        return 200, {"action": action, "outputs": [], "assessments": [words] if found else [], "usage": {}}

    def report(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        """Counts one start of a tool and says what it shall do."""
        script = self._scripts[name]
        with self.changed:
            start = Started(**told)
            script.started.append(start)
            order = script.order_for(start.tool, start.entry)
            self.changed.notify_all()
        if order.hold:
            order.hold.wait(HOLD_SECONDS)
        return {"do": order.do, "value": order.value}

    def until(self, holds: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """The first true value of `holds`, looked at whenever something arrives and every 50 ms."""
        for _ in range(int(seconds / PAUSE_SECONDS)):
            found = holds()
            if found:
                return found
            with self.changed:
                self.changed.wait(PAUSE_SECONDS)
        raise AssertionError(f"not within {seconds:g} seconds: {what}")


def _filled(turn: Turn, script: Script, step: int) -> str:
    """The body as text, with the tools' hook and ids that are unique where the script names none.

    A key `@again:<name>` is written as `<name>`: what a dict cannot hold, a model can say twice.
    """
    body = copy.deepcopy(turn.body())
    for index, block in enumerate(body["output"]["message"]["content"]):
        if block.get("toolUse", {}).get("toolUseId") == "@unique":
            block["toolUse"]["toolUseId"] = f"tooluse_{step}_{index}"
    return json.dumps(body).replace('"@hook"', json.dumps(script.hook)).replace('"@again:', '"')


class _Handler(LoopbackHandler):
    endpoint: Endpoint

    def respond(self) -> None:
        document = json.loads(self.read_body())
        path = urlsplit(self.path).path
        if path.startswith("/tool/"):
            status, headers = 200, dict[str, str]()
            body: Any = self.endpoint.report(path.rpartition("/")[2], document)
        elif path.startswith("/guardrail/"):
            (status, body), headers = self.endpoint.apply_guardrail(document), {}
        else:
            status, headers, body = self.endpoint.converse(document)
        text = body if isinstance(body, str) else json.dumps(body)
        self.answer(status, text.encode(), {"Content-Type": "application/json", **headers})
