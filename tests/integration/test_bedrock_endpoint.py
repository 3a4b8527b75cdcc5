"""The local Converse endpoint, judged by the AWS SDK: the wire, the scripts, the errors, the counters."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.bedrock.endpoint import BedrockEndpoint, RequestKey

ECHO = """
from local.bedrock.rehearsal import Reply, Turn

def respond(turn: Turn) -> Reply:
    if not turn.results:
        return Reply.calls([("read_invoice", {"document": "invoice"}), ("lookup", {"id": 1})]).saying("Reading.")
    read, looked_up = turn.results
    return Reply.answer({"total": read.value["total"], "failed": looked_up.is_error, "step": turn.step})
"""


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[BedrockEndpoint]:
    (tmp_path / "invoices.py").write_text(ECHO)
    (tmp_path / "empty").mkdir()
    served = BedrockEndpoint([tmp_path / "empty", tmp_path])
    served.start()
    yield served
    served.stop()


def client(endpoint: BedrockEndpoint) -> Any:
    return boto3.session.Session().client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=endpoint.url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=5, proxies={}),
    )


def converse(endpoint: BedrockEndpoint, agent: str = "invoices", step: int = 1, **members: Any) -> Any:
    request: dict[str, Any] = {
        "modelId": "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.x:0",
        "messages": [{"role": "user", "content": [{"text": "go"}]}],
        "toolConfig": {"tools": [{"toolSpec": {"name": "read_invoice", "inputSchema": {"json": {"type": "object"}}}}]},
        "requestMetadata": {"tollgate_agent": agent, "tollgate_execution": "exe-1", "tollgate_step": str(step)},
    }
    return client(endpoint).converse(**request | members)


def refusal(endpoint: BedrockEndpoint, agent: str = "invoices", **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as raised:
        converse(endpoint, agent, **members)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def test_script_proposes_and_answers_from_results_through_the_sdk(endpoint: BedrockEndpoint) -> None:
    """Two turns of a run, as the SDK reads them."""
    first = converse(endpoint)
    content = first["output"]["message"]["content"]
    assert first["stopReason"] == "tool_use"
    assert content[0] == {"text": "Reading."}
    assert [block["toolUse"]["name"] for block in content[1:]] == ["read_invoice", "lookup"]
    ids = [block["toolUse"]["toolUseId"] for block in content[1:]]
    results = [
        {"toolResult": {"toolUseId": ids[0], "content": [{"json": {"total": 5}}]}},
        {"toolResult": {"toolUseId": ids[1], "content": [{"text": "down"}], "status": "error"}},
    ]
    second = converse(
        endpoint,
        step=2,
        messages=[
            {"role": "user", "content": [{"text": "go"}]},
            {"role": "assistant", "content": content},
            {"role": "user", "content": results},
        ],
    )
    assert second["stopReason"] == "end_turn"
    (answer,) = second["output"]["message"]["content"]
    assert json.loads(answer["text"]) == {"total": 5, "failed": True, "step": 2}


def test_same_conversation_always_costs_the_same(endpoint: BedrockEndpoint) -> None:
    """Figures come from the bytes: about four to a token, in and out."""
    first, second = converse(endpoint)["usage"], converse(endpoint)["usage"]
    assert first == second
    assert first["totalTokens"] == first["inputTokens"] + first["outputTokens"]
    longer = converse(endpoint, messages=[{"role": "user", "content": [{"text": "x" * 4000}]}])["usage"]
    assert 990 <= longer["inputTokens"] - first["inputTokens"] <= 1010


def test_requests_are_counted_by_agent_execution_and_step(endpoint: BedrockEndpoint) -> None:
    """Tests count paid calls on the wire, refused ones too."""
    converse(endpoint)
    converse(endpoint)
    converse(endpoint, step=2)
    refusal(endpoint, "nobody")
    assert endpoint.requests() == {
        RequestKey("invoices", "exe-1", 1): 2,
        RequestKey("invoices", "exe-1", 2): 1,
        RequestKey("nobody", "exe-1", 1): 1,
    }


@pytest.mark.parametrize("agent", ["nobody", "../invoices", "a/b"])
def test_agent_without_a_script_is_told_what_to_write_or_to_set(endpoint: BedrockEndpoint, agent: str) -> None:
    """The first thing that a new agent meets; a name is never a path."""
    code, status, message = refusal(endpoint, agent)
    assert (code, status) == ("ValidationException", 400)
    for part in (f"{agent}.py", "TOLLGATE_REHEARSALS", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "OPENAI_BASE_URL"):
        assert part in message


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def respond(turn):\n    return turn.results[0]", "IndexError: list index out of range"),
        ("def respond(turn):\n    return {'a': 1}", "returned dict; return a Reply"),
        ("answer = 1", "defines no function respond"),
        ("def respond(turn:\n", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_broken_script_is_an_internal_error_that_names_its_cause(
    endpoint: BedrockEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture, script: str, message: str
) -> None:
    """The last line of its traceback goes to the caller, all of it to the log."""
    (tmp_path / "broken.py").write_text(script)
    code, status, said = refusal(endpoint, "broken")
    assert (code, status) == ("InternalServerException", 500)
    assert message in said
    assert "Traceback" in caplog.text


def test_changed_script_answers_from_the_next_turn_on(endpoint: BedrockEndpoint, tmp_path: Path) -> None:
    """Two versions of equal length, written within one tick of the file system's clock, are two versions."""
    header = "from local.bedrock.rehearsal import Reply\ndef respond(turn):\n    return Reply.answer"
    answers = []
    for word in ("one", "two"):
        (tmp_path / "changing.py").write_text(f"{header}('{word}')")
        answers.append(converse(endpoint, "changing")["output"]["message"]["content"])
    assert answers == [[{"text": "one"}], [{"text": "two"}]]


def test_script_may_define_dataclasses(endpoint: BedrockEndpoint, tmp_path: Path) -> None:
    """A script is ordinary Python; dataclasses with postponed annotations need its module to be known."""
    (tmp_path / "typed.py").write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from local.bedrock.rehearsal import Reply, Turn\n"
        "@dataclass\nclass Fact:\n    total: int\n"
        "def respond(turn: Turn) -> Reply:\n    return Reply.answer({'total': Fact(5).total})\n"
    )
    assert converse(endpoint, "typed")["output"]["message"]["content"] == [{"text": '{"total": 5}'}]


@pytest.mark.parametrize(
    ("reply", "stop_reason", "content"),
    [
        ("Reply.stop('content_filtered')", "content_filtered", []),
        ("Reply()", "end_turn", []),
        ("Reply.answer('x' * 4000)", "max_tokens", [{"text": "x" * 40}]),
        ("Reply.call('t', text='x' * 4000)", "max_tokens", []),
    ],
)
def test_turn_can_end_as_a_models_turn_can(
    endpoint: BedrockEndpoint, tmp_path: Path, reply: str, stop_reason: str, content: list[Any]
) -> None:
    """Refused, empty, or cut off at maxTokens with no half call left."""
    (tmp_path / "odd.py").write_text(
        f"from local.bedrock.rehearsal import Reply\ndef respond(turn):\n    return {reply}"
    )
    response = converse(endpoint, "odd", inferenceConfig={"maxTokens": 10})
    assert (response["stopReason"], response["output"]["message"]["content"]) == (stop_reason, content)
    assert response["usage"]["outputTokens"] <= 10


def test_script_can_throttle_with_a_hint(endpoint: BedrockEndpoint, tmp_path: Path) -> None:
    """So that backing off can be rehearsed."""
    (tmp_path / "busy.py").write_text(
        "from local.bedrock.rehearsal import Reply\ndef respond(turn):\n    return Reply.throttle(2.5)"
    )
    with pytest.raises(ClientError) as raised:
        converse(endpoint, "busy")
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert raised.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "2.5"


def test_conversation_that_bedrock_would_refuse_is_refused(endpoint: BedrockEndpoint) -> None:
    """What works here must work there."""
    twice = [{"role": "user", "content": [{"text": "go"}]}] * 2
    code, status, message = refusal(endpoint, messages=twice)
    assert (code, status) == ("ValidationException", 400)
    assert "roles must alternate" in message


def test_fifty_requests_at_once_are_all_answered_and_counted(endpoint: BedrockEndpoint) -> None:
    """Many executions share one endpoint."""
    shared, answers = client(endpoint), []
    request = {
        "modelId": "m",
        "messages": [{"role": "user", "content": [{"text": "go"}]}],
        "requestMetadata": {"tollgate_agent": "invoices", "tollgate_execution": "exe-1", "tollgate_step": "1"},
    }
    threads = [threading.Thread(target=lambda: answers.append(shared.converse(**request))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(answers) == 50
    assert endpoint.requests() == {RequestKey("invoices", "exe-1", 1): 50}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "/model/m/converse", {"Host": "evil.example"}, b"{}", 403),
        ("POST", "/model/m/converse", {"Origin": "http://evil.example"}, b"{}", 403),
        ("POST", "/model/m/converse", {}, b"not json", 400),
        ("POST", "/model/m/converse", {}, b"[" * 100_000, 400),
        ("POST", "/model/m/converse", {"Content-Length": "99999999999"}, b"", 413),
        ("POST", "/model/m/converse", {"Content-Length": "-1"}, b"", 413),
        ("POST", "/model/m/invoke", {}, b"{}", 404),
        ("POST", "/model//converse", {}, b"{}", 404),
        ("GET", "/model/m/converse", {}, None, 404),
    ],
)
def test_request_that_is_no_converse_call_is_refused(
    endpoint: BedrockEndpoint, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int
) -> None:
    """Other sites' pages, other operations, broken and boundless bodies: an answer, and the server goes on."""
    host, port = endpoint.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == status
    assert converse(endpoint)["stopReason"] == "tool_use"
