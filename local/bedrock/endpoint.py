"""Bedrock Runtime's Converse on 127.0.0.1, answered by rehearsal scripts instead of a model.

It refuses what Bedrock refuses, so that a conversation that works here is one that Bedrock accepts, and counts every
request that reached it: what was paid for is counted here, not in our own ledger.
"""

import json
import logging
import math
import threading
import traceback
import uuid
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from local.bedrock.conversation import turn_of
from local.bedrock.rehearsal import Reply
from local.bedrock.scripts import NoRehearsalError, Rehearsals
from local.bedrock.shape import problem_with
from local.loopback import LoopbackHandler, LoopbackServer

MAX_REQUEST_BYTES = 25_000_000  # Bedrock's own limit on a request's payload is 25 MB

_log = logging.getLogger("tollgate.local.bedrock")


class RequestKey(NamedTuple):
    """Which step of which execution asked."""

    agent: str
    execution: str
    step: int


asking: ContextVar[RequestKey] = ContextVar("asking")
"""Whose turn a script is answering. Not part of `Turn`, because a model is not told it."""


class BedrockEndpoint:
    """A Converse server on a free port. Start it, name its `url` in AWS_ENDPOINT_URL_BEDROCK_RUNTIME, stop it."""

    def __init__(self, rehearsals: list[Path], port: int = 0) -> None:
        self._scripts = Rehearsals(rehearsals)
        self._counts: Counter[RequestKey] = Counter()
        self._lock = threading.Lock()
        self._server = LoopbackServer(type("ConverseHandler", (_Handler,), {"endpoint": self}), port)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        """Accepts requests in threads of its own."""
        self._server.start()

    def stop(self) -> None:
        """No request is accepted any more."""
        self._server.stop()

    def requests(self) -> dict[RequestKey, int]:
        """How many Converse requests arrived for each step, refused ones too."""
        with self._lock:
            return dict(self._counts)

    def converse(self, body: bytes) -> "Answer":
        """The answer to one request's body; counts it."""
        request = _parsed(body)
        key = _key(request)
        with self._lock:
            self._counts[key] += 1
        problem = problem_with(request)
        if problem:
            return _error(400, "ValidationException", problem)
        return self._answer(key, request, input_tokens=math.ceil(len(body) / 4))

    def _answer(self, key: RequestKey, request: dict[str, Any], input_tokens: int) -> "Answer":
        asking.set(key)
        try:
            reply = self._scripts.respond(key.agent, turn_of(request, key.step))
        except NoRehearsalError as error:
            return _error(400, "ValidationException", str(error))
        except Exception as error:  # a script is anybody's code, and its error is the answer
            _log.exception("the rehearsal of agent %s failed in step %s", key.agent, key.step)
            last = traceback.format_exception_only(error)[-1].strip()
            return _error(500, "InternalServerException", f"the rehearsal of agent {key.agent!r} failed: {last}")
        if reply.throttle_seconds is not None:
            throttled = _error(429, "ThrottlingException", "the rehearsal script throttles this call")
            throttled.headers["Retry-After"] = f"{reply.throttle_seconds:g}"
            return throttled
        return Answer(200, _response(reply, request, input_tokens), {})


class Answer(NamedTuple):
    """Status, JSON body and headers of an answer."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class _Handler(LoopbackHandler):
    endpoint: BedrockEndpoint

    def do_POST(self) -> None:  # noqa: N802 (the server calls it by this name)
        path = urlsplit(self.path).path.split("/")
        if len(path) != 4 or path[1] != "model" or path[3] != "converse" or not unquote(path[2]):
            self._reply(_error(404, "UnknownOperationException", "only POST /model/{modelId}/converse is served here"))
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_REQUEST_BYTES:
            self.close_connection = True
            self._reply(_error(413, "ValidationException", f"Content-Length must be at most {MAX_REQUEST_BYTES}"))
            return
        self._reply(self.endpoint.converse(self.read_body()))

    def do_GET(self) -> None:  # noqa: N802 (the server calls it by this name)
        self._reply(_error(404, "UnknownOperationException", "only POST /model/{modelId}/converse is served here"))

    def _reply(self, answer: Answer) -> None:
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4()), **answer.headers}
        self.answer(answer.status, json.dumps(answer.body).encode(), headers)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _key(request: Any) -> RequestKey:
    metadata = request.get("requestMetadata") if isinstance(request, dict) else None
    named = metadata if isinstance(metadata, dict) else {}
    agent, execution, step = (str(named.get(f"tollgate_{name}", "")) for name in ("agent", "execution", "step"))
    return RequestKey(agent, execution, int(step) if step.isdecimal() else 0)


def _error(status: int, kind: str, message: str) -> Answer:
    return Answer(status, {"message": message}, {"x-amzn-ErrorType": kind})


def _response(reply: Reply, request: dict[str, Any], input_tokens: int) -> dict[str, Any]:
    """Converse's answer; figures are counted from bytes, so the same conversation always costs the same."""
    limit = request.get("inferenceConfig", {}).get("maxTokens", 4096)
    content, stop_reason = _content(reply, request), reply.stop_reason or ("tool_use" if reply.proposed else "end_turn")
    output_tokens = math.ceil(len(json.dumps(content, ensure_ascii=False).encode()) / 4) if content else 0
    if output_tokens > limit:
        # As a model is cut off: in mid-word, with the calls that were not complete missing.
        content = [{"text": reply.text.encode()[: limit * 4].decode(errors="ignore")}] if reply.text else []
        stop_reason, output_tokens = "max_tokens", limit
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {
            "inputTokens": input_tokens,
            "outputTokens": output_tokens,
            "totalTokens": input_tokens + output_tokens,
        },
        "metrics": {"latencyMs": 1},
    }


def _content(reply: Reply, request: dict[str, Any]) -> list[dict[str, Any]]:
    earlier = sum("toolUse" in block for message in request["messages"] for block in message["content"])
    texts: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
    return texts + [
        {"toolUse": {"toolUseId": f"tooluse_{earlier + number}", "name": call.name, "input": call.arguments}}
        for number, call in enumerate(reply.proposed)
    ]
