"""The OpenAI-compatible model against servers that misbehave."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from tollgate.definitions.registry import ModelTarget, Price
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model import openai_http
from tollgate.model.openai import OpenAIModel
from tollgate.model.openai_key import forget_keys
from tollgate.models.message import Message, ModelRequest, ModelResponse, TextBlock

from tests.integration.model_server import ModelServer, Scripted, http

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

PRICE = Price(input=0, output=0, source="s", as_of="2026-01-01")
GOOD: dict[str, Any] = {
    "id": "chatcmpl-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
WRONG_NAME = {
    "error": {
        "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "type": "invalid_request_error",
        "param": "max_tokens",
        "code": "unsupported_parameter",
    }
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the environment, as on a laptop."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)


def request(timeout_seconds: float = 5.0) -> ModelRequest:
    return ModelRequest(
        agent="invoices",
        execution_id="exe-1",
        step=3,
        system="",
        messages=[Message(role="user", content=[TextBlock(text="go")])],
        tools=[],
        temperature=0,
        max_output_tokens=50,
        timeout_seconds=timeout_seconds,
    )


def model(server: ModelServer, **changes: Any) -> OpenAIModel:
    plain: dict[str, Any] = {"provider": "openai", "model": "qwen3", "base_url": f"{server.url}/v1/", "price": PRICE}
    return OpenAIModel(ModelTarget(**plain | changes))


def converse(server: ModelServer, timeout_seconds: float = 5.0) -> ModelResponse:
    return model(server).converse(request(timeout_seconds))


def test_request_reaches_the_base_url_with_key_and_model() -> None:
    """Plain HTTP and JSON: what Ollama, vLLM and OpenAI have in common."""
    with ModelServer([Scripted(http(200, GOOD, x_request_id="req-1"))]) as server:
        response = converse(server)
    (received,) = server.received
    assert received.line == "POST /v1/chat/completions HTTP/1.1"
    assert received.headers["authorization"] == "Bearer sk-secret"
    assert (received.json["model"], received.json["max_tokens"], received.json["stream"]) == ("qwen3", 50, False)
    assert (response.text, response.usage.total_tokens, response.request_id) == ("hi", 5, "req-1")


@pytest.mark.parametrize(
    ("scripted", "hint"),
    [
        (Scripted(http(429, {"error": {"message": "slow down"}}, Retry_After="7")), 7.0),
        (Scripted(http(429, {}, retry_after_ms="1500")), 1.5),
        (Scripted(http(503, "<html>busy</html>", Content_Type="text/html")), None),
        (Scripted(http(500, "")), None),
    ],
)
def test_server_that_says_later_may_be_asked_again(scripted: Scripted, hint: float | None) -> None:
    """The state machine owns the retry: one request on the wire, and the server's hint goes along."""
    with ModelServer([scripted] * 3) as server, pytest.raises(ModelThrottledError) as raised:
        converse(server)
    assert len(server.received) == 1
    assert raised.value.retry_after_seconds == hint


def test_refused_connection_may_be_tried_again() -> None:
    """Nothing was sent, so nothing was billed."""
    with ModelServer([]) as server:
        pass
    with pytest.raises(ModelThrottledError, match="cannot be reached"):
        converse(server)


@pytest.mark.parametrize(
    ("scripted", "message"),
    [
        (Scripted(http(400, {"error": {"message": "bad tools"}})), "bad tools.*says which part"),
        (Scripted(http(401, {"error": {"message": "wrong key sk-secret"}})), r"wrong key \*\*\*.*OPENAI_API_KEY"),
        (Scripted(http(404, {"error": "model 'qwen3' not found"})), "'qwen3' not found.*OPENAI_MODEL"),
        (Scripted(http(302, "", Location="http://example.com/")), "HTTP 302"),
        (Scripted(http(200, "<html>welcome</html>", Content_Type="text/html")), "not JSON.*base_url"),
        (Scripted(http(200, json.dumps(GOOD)[:60])), "not JSON"),
        (Scripted(http(200, "data: {}\n\ndata: [DONE]\n\n", Content_Type="text/event-stream")), "not JSON"),
        (Scripted(http(200, json.dumps(GOOD), Content_Length="5000")), "may have been billed"),
        (Scripted(http(200, json.dumps(GOOD), Content_Length="5000")[:90], "reset"), "may have been billed"),
        (Scripted(b"", "reset"), "may have been billed"),
        (Scripted(b"", "close"), "may have been billed"),
        (Scripted(b"SSH-2.0-OpenSSH\r\n", "close"), "may have been billed"),
        (Scripted(http(200, {"choices": []})), "without a choice"),
    ],
)
def test_answer_that_cannot_be_used_fails_for_good_and_says_what_to_do(scripted: Scripted, message: str) -> None:
    """Each may have been billed or will fail again: one request, one clear message without the key."""
    with ModelServer([scripted] * 3) as server, pytest.raises(ModelFailedError) as raised:
        converse(server)
    assert re.search(message, str(raised.value)), str(raised.value)
    assert "sk-secret" not in str(raised.value)
    assert len(server.received) == 1


@pytest.mark.parametrize("sent", [b"", http(200, json.dumps(GOOD), Content_Length="5000")])
def test_silent_server_fails_when_the_time_is_over(sent: bytes) -> None:
    """Before the head or in the middle of the body."""
    with (
        ModelServer([Scripted(sent, "hang")]) as server,
        pytest.raises(ModelFailedError, match=r"did not answer.*may have been billed"),
    ):
        converse(server, timeout_seconds=0.3)


def test_answer_above_the_size_cap_is_refused_while_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by the cap, not by the server; a compressed bomb counts by what it unpacks to."""
    monkeypatch.setattr(openai_http, "MAX_RESPONSE_BYTES", 100_000)
    bomb = zlib.compress(b"x" * 5_000_000)
    for raw in (http(200, "x" * 100_001), http(200, bomb, Content_Encoding="deflate")):
        with ModelServer([Scripted(raw)]) as server, pytest.raises(ModelFailedError, match="more than 100,000 bytes"):
            converse(server)


def test_server_that_wants_the_newer_limit_name_is_asked_once_more_and_remembered() -> None:
    """OpenAI's reasoning models refuse max_tokens by name; a 400 is not billed."""
    script = [Scripted(http(400, WRONG_NAME)), Scripted(http(200, GOOD)), Scripted(http(200, GOOD))]
    with ModelServer(script) as server:
        asked = model(server)
        assert asked.converse(request()).text == asked.converse(request()).text == "hi"
    limits = [{name for name in received.json if name.startswith("max_")} for received in server.received]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]


def test_server_that_refuses_both_limit_names_is_asked_twice_at_most() -> None:
    """One fallback, no loop."""
    with (
        ModelServer([Scripted(http(400, WRONG_NAME))] * 5) as server,
        pytest.raises(ModelFailedError, match="HTTP 400"),
    ):
        converse(server)
    assert len(server.received) == 2


def test_400_about_the_value_of_the_limit_is_not_asked_again() -> None:
    """`max_tokens is too large` is about the agent's file, not about the name."""
    body = {"error": {"message": "max_tokens is too large: 50. This model supports at most 10"}}
    with ModelServer([Scripted(http(400, body))] * 2) as server, pytest.raises(ModelFailedError, match="too large"):
        converse(server)
    assert len(server.received) == 1


def test_bad_calls_and_missing_usage_become_a_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Malformed arguments and repeated ids are for screening to refuse, not for the port to raise."""
    monkeypatch.delenv("OPENAI_API_KEY")
    calls = [
        {"id": "x", "type": "function", "function": {"name": "t", "arguments": '{"a": '}},
        {"id": "x", "type": "function", "function": {"name": "t", "arguments": '{"a": 1}'}},
    ]
    body = {"choices": [{"message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}]}
    with ModelServer([Scripted(http(200, body))]) as server:
        response = converse(server)
    first, second = response.tool_uses
    assert (first.malformed, second.arguments) == ('{"a": ', {"a": 1})
    assert first.tool_use_id != second.tool_use_id
    assert response.usage.reported is False
    assert "authorization" not in server.received[0].headers


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator["SecretsManagerClient"]:
    """An empty Secrets Manager, of which this process remembers no key."""
    settings = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "eu-central-1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget_keys()
    with mock_aws():
        yield boto3.client("secretsmanager")
    forget_keys()


def test_key_comes_from_the_secret_and_is_read_again_after_a_401(secrets: "SecretsManagerClient") -> None:
    """A rotated key must not need a new deployment."""
    secrets.create_secret(Name="llm", SecretString="sk-old\n")
    denied, granted = Scripted(http(401, {"error": "old key"})), Scripted(http(200, GOOD))
    with ModelServer([granted, denied, granted]) as server:
        asked = model(server, secret_id="llm")
        asked.converse(request())
        secrets.put_secret_value(SecretId="llm", SecretString="sk-new")
        with pytest.raises(ModelFailedError, match="HTTP 401"):
            asked.converse(request())
        asked.converse(request())
    keys = [received.headers["authorization"] for received in server.received]
    assert keys == ["Bearer sk-old", "Bearer sk-old", "Bearer sk-new"]


@pytest.mark.usefixtures("secrets")
def test_secret_that_does_not_exist_says_what_to_do() -> None:
    """The failure is the deployment's, and the message says so."""
    with (
        ModelServer([]) as server,
        pytest.raises(ModelFailedError, match=r"secret 'nope'.*let the function's role read it"),
    ):
        model(server, secret_id="nope").converse(request())
