"""Any server that speaks OpenAI's `/chat/completions`: Ollama, vLLM, llama.cpp, OpenAI itself. No SDK."""

import json
import threading
import time
from http import HTTPStatus

from tollgate.clock import Clock, SystemClock
from tollgate.definitions.registry import ModelTarget
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model.failure import retry_after_seconds, server_message, shortened
from tollgate.model.openai_http import Reply, post
from tollgate.model.openai_key import api_key, forget_keys
from tollgate.model.openai_messages import request_body, response_of
from tollgate.model.wire_json import read_document
from tollgate.models.message import ModelRequest, ModelResponse

_ADVICE: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "check the API key (the alias's secret_id, or OPENAI_API_KEY locally)",
    HTTPStatus.FORBIDDEN: "the API key may not use this model",
    HTTPStatus.NOT_FOUND: "check base_url (OPENAI_BASE_URL) and the model's name (OPENAI_MODEL)",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the conversation is too large for this server",
}


class OpenAIModel:
    """One model behind one base URL."""

    def __init__(self, target: ModelTarget, clock: Clock | None = None) -> None:
        if not (target.base_url or "").startswith(("http://", "https://")):
            raise ModelFailedError(
                f"model {target.model} has provider openai but no base_url that is a URL; write base_url (for example "
                "http://127.0.0.1:11434/v1) under its alias in cdk.json, or set OPENAI_BASE_URL locally"
            )
        self._target = target
        self._url = f"{target.base_url}".rstrip("/") + "/chat/completions"
        self._clock = clock or SystemClock()
        self._limit_name = "max_tokens"
        self._lock = threading.Lock()

    def converse(self, request: ModelRequest) -> ModelResponse:
        """At most one request that can be billed. Raises as `tollgate.model.port.Model.converse` says.

        A 400 that names `max_tokens` is not billed: the request is sent once more with `max_completion_tokens`,
        and so are all later ones.
        """
        started = time.monotonic()
        key = api_key(self._target.secret_id)
        name = self._limit_name
        reply = self._post(request, name, key, request.timeout_seconds)
        if name == "max_tokens" and _wants_other_limit_name(reply):
            with self._lock:
                self._limit_name = "max_completion_tokens"
            left = request.timeout_seconds - (time.monotonic() - started)
            reply = self._post(request, "max_completion_tokens", key, max(1.0, left))
        self._check(reply, key)
        return self._response(reply, round((time.monotonic() - started) * 1000))

    def _post(self, request: ModelRequest, limit_name: str, key: str | None, timeout_seconds: float) -> Reply:
        body = request_body(request, model=self._target.model, limit_name=limit_name)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return post(self._url, json.dumps(body, ensure_ascii=False).encode(), headers, timeout_seconds)

    def _check(self, reply: Reply, key: str | None) -> None:
        if reply.status == HTTPStatus.OK:
            return
        said = f"{self._url} answered HTTP {reply.status} for {self._target.model}: {server_message(reply.body, key)}"
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ModelThrottledError(said, retry_after_seconds(reply.headers, self._clock.now()))
        if reply.status == HTTPStatus.UNAUTHORIZED:
            forget_keys()
        advice = _ADVICE.get(reply.status, "the message says which part")
        raise ModelFailedError(f"{said}. What to do: {advice}")

    def _response(self, reply: Reply, latency_ms: int) -> ModelResponse:
        try:
            document = read_document(reply.body)
        except ValueError as error:
            raise ModelFailedError(
                f"{self._url} answered something that is not JSON ({shortened(str(error))}); check base_url "
                "(OPENAI_BASE_URL): it must end where /chat/completions begins"
            ) from error
        request_id = {name.lower(): value for name, value in reply.headers.items()}.get("x-request-id")
        return response_of(document, model=self._target.model, latency_ms=latency_ms, request_id=request_id)


def _wants_other_limit_name(reply: Reply) -> bool:
    """Whether the server refused the name `max_tokens` itself, not its value.

    OpenAI's reasoning models answer `Unsupported parameter: 'max_tokens' is not supported with this model. Use
    'max_completion_tokens' instead.`
    """
    return reply.status == HTTPStatus.BAD_REQUEST and b"max_completion_tokens" in reply.body
