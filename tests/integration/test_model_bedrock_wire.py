"""The Bedrock model against servers that misbehave: what may be retried, what may not, and what the reader is told."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tollgate.definitions.registry import ModelTarget, Price
from tollgate.errors import ModelFailedError, ModelThrottledError
from tollgate.model.bedrock import BedrockModel
from tollgate.models.message import Message, ModelRequest, ModelResponse, TextBlock, ToolChoice

from tests.integration.model_server import ModelServer, Scripted, http

TARGET = ModelTarget(
    provider="bedrock",
    model="eu.anthropic.claude:0",
    region="eu-central-1",
    price=Price(input=3, output=15, source="s", as_of="2026-01-01"),
)
REQUEST = ModelRequest(
    agent="invoices",
    execution_id="exe-1",
    step=3,
    system="",
    messages=[Message(role="user", content=[TextBlock(text="go")])],
    tools=[ToolChoice(name="t", description="d", input_schema={"type": "object"})],
    temperature=0,
    max_output_tokens=50,
    timeout_seconds=1,
)
GOOD: dict[str, Any] = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    "metrics": {"latencyMs": 1},
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dummies, and nothing of the machine's own configuration."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)


def converse(monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> ModelResponse:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
    return BedrockModel(TARGET).converse(REQUEST)


def error(status: int, kind: str, message: str = "because", **headers: str) -> Scripted:
    return Scripted(http(status, {"message": message}, x_amzn_ErrorType=kind, **headers))


def test_request_reaches_the_endpoint_that_the_sdk_variable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any Converse server can be the model, by the ecosystem's own variable; the request says who asks."""
    with ModelServer([Scripted(http(200, GOOD, x_amzn_RequestId="req-1"))]) as server:
        response = converse(monkeypatch, server)
    (received,) = server.received
    assert received.line == "POST /model/eu.anthropic.claude%3A0/converse HTTP/1.1"
    assert received.json["requestMetadata"] == {
        "tollgate_agent": "invoices",
        "tollgate_execution": "exe-1",
        "tollgate_step": "3",
    }
    assert "/eu-central-1/bedrock/" in received.headers["authorization"]
    assert (response.text, response.usage.total_tokens, response.request_id) == ("hi", 5, "req-1")


@pytest.mark.parametrize(
    ("scripted", "hint"),
    [
        (error(429, "ThrottlingException", Retry_After="7"), 7.0),
        (error(429, "ThrottlingException"), None),
        (error(429, "ModelNotReadyException"), None),
        (error(503, "ServiceUnavailableException"), None),
        (error(500, "InternalServerException"), None),
        (Scripted(http(502, "<html>Bad Gateway</html>", Content_Type="text/html")), None),
        (Scripted(http(503, "", Retry_After="2")), 2.0),
    ],
)
def test_provider_that_says_later_is_asked_once_and_may_be_asked_again(
    monkeypatch: pytest.MonkeyPatch, scripted: Scripted, hint: float | None
) -> None:
    """The state machine owns the retry, so the SDK's own must be off: one request on the wire."""
    with ModelServer([scripted] * 5) as server, pytest.raises(ModelThrottledError) as raised:
        converse(monkeypatch, server)
    assert len(server.received) == 1
    assert raised.value.retry_after_seconds == hint


@pytest.mark.parametrize(
    ("scripted", "message"),
    [
        (error(400, "ValidationException", "messages.1: blank"), r"ValidationException.*messages\.1: blank"),
        (error(403, "AccessDeniedException"), "bedrock:InvokeModel"),
        (error(404, "ResourceNotFoundException"), r"check the alias in cdk\.json"),
        (error(408, "ModelTimeoutException"), "lower max_output_tokens"),
        (error(424, "ModelErrorException"), "try another model"),
        (error(418, "SomethingNew"), r"SomethingNew.*check the model alias"),
        (Scripted(http(400, b"[" * 50_000)), "HTTP 400"),
        (Scripted(http(200, "<html>welcome</html>", Content_Type="text/html")), "not JSON.*speaks Converse"),
        (Scripted(http(200, json.dumps(GOOD)[:60])), "not JSON"),
        (Scripted(http(200, b"\xff\xfe\x00")), "not JSON"),
        (Scripted(http(200, "")), "not JSON"),
        (Scripted(http(200, {"hello": "world"})), "without an output message"),
        (Scripted(http(200, json.dumps(GOOD), Content_Length="5000")[:90], "reset"), "may have been billed"),
        (Scripted(b"", "reset"), "may have been billed"),
        (Scripted(b"", "close"), "may have been billed"),
        (Scripted(b"SSH-2.0-OpenSSH\r\n", "close"), "may have been billed"),
        (Scripted(b"", "hang"), "did not answer within 1 seconds; the call may have been billed"),
        (Scripted(http(200, json.dumps(GOOD), Content_Length="5000"), "hang"), "did not answer within 1 seconds"),
    ],
)
def test_answer_that_cannot_be_used_fails_for_good_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, scripted: Scripted, message: str
) -> None:
    """Each may have been billed or will fail again: one request, one clear message."""
    with ModelServer([scripted] * 3) as server, pytest.raises(ModelFailedError) as raised:
        converse(monkeypatch, server)
    assert re.search(message, str(raised.value)), str(raised.value)
    assert len(server.received) == 1


def test_refused_connection_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, so nothing was billed."""
    with ModelServer([]) as server:
        pass
    with pytest.raises(ModelThrottledError, match="cannot be reached"):
        converse(monkeypatch, server)


def test_calls_at_the_same_time_do_not_close_each_others_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call closes its connections, and only its own."""
    with ModelServer([Scripted(http(200, GOOD))] * 40) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        model = BedrockModel(TARGET)
        with ThreadPoolExecutor(20) as threads:
            answers = list(
                threads.map(lambda _: model.converse(REQUEST.model_copy(update={"timeout_seconds": 5})), range(40))
            )
    assert [answer.text for answer in answers] == ["hi"] * 40


def test_missing_usage_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some Converse servers leave it out; the reservation is then the cost."""
    without = {name: value for name, value in GOOD.items() if name != "usage"}
    with ModelServer([Scripted(http(200, without))]) as server:
        assert converse(monkeypatch, server).usage.reported is False


def test_equal_keys_in_a_call_are_seen_through_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's parser would silently keep the second IBAN."""
    body = (
        b'{"output": {"message": {"role": "assistant", "content": [{"toolUse": {"toolUseId": "a", "name": "t",'
        b' "input": {"iban": "A", "iban": "B"}}}]}}, "stopReason": "tool_use"}'
    )
    with ModelServer([Scripted(http(200, body))]) as server:
        (use,) = converse(monkeypatch, server).tool_uses
    assert (use.arguments, use.malformed) == (None, '{"iban": "A", "iban": "B"}')


def test_call_nested_a_hundred_thousand_levels_deep_is_delivered_for_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's parser would exhaust its stack and end the execution."""
    deep = "[" * 100_000 + "]" * 100_000
    use = '{"toolUse": {"toolUseId": "a", "name": "t", "input": {"x": ' + deep + "}}}"
    body = '{"output": {"message": {"role": "assistant", "content": [' + use + ']}}, "stopReason": "tool_use"}'
    with ModelServer([Scripted(http(200, body))]) as server:
        (call,) = converse(monkeypatch, server).tool_uses
    assert isinstance(call.arguments["x"], list)


def test_missing_credentials_say_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without an account is told of the local way out."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with (
        ModelServer([]) as server,
        pytest.raises(ModelFailedError, match="AWS_ENDPOINT_URL_BEDROCK_RUNTIME to a local"),
    ):
        converse(monkeypatch, server)


def test_region_of_a_named_bedrock_endpoint_is_the_one_that_is_signed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locally the stack's region and Bedrock's may differ, and a wrong region's signature is refused."""
    from tollgate.model.bedrock import _region

    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://bedrock-runtime.us-west-2.amazonaws.com")
    assert _region(TARGET) == "us-west-2"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert _region(TARGET) == "eu-central-1"
