"""Our conversation <-> the JSON of a chat completion."""

import json
import re
from typing import Any

import pytest
from tollgate.errors import ModelFailedError
from tollgate.model.openai_messages import request_body, response_of
from tollgate.model.wire_json import read_document
from tollgate.models.message import (
    Message,
    ModelRequest,
    ModelResponse,
    TextBlock,
    ToolChoice,
    ToolResultBlock,
    ToolUseBlock,
)


def request_with(*messages: Message, **changes: Any) -> ModelRequest:
    plain: dict[str, Any] = {
        "agent": "invoices",
        "execution_id": "exe-1",
        "step": 1,
        "system": "Be exact.",
        "messages": list(messages),
        "tools": [ToolChoice(name="t", description="d", input_schema={"type": "object"})],
        "temperature": 0.2,
        "max_output_tokens": 500,
        "timeout_seconds": 5,
    }
    return ModelRequest(**plain | changes)


def response_with(message: dict[str, Any], finish_reason: Any = "stop", **members: Any) -> ModelResponse:
    document = {"id": "chatcmpl-1", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}
    return raw_response(json.dumps(document | members).encode())


def raw_response(body: bytes) -> ModelResponse:
    return response_of(read_document(body), model="m", latency_ms=7, request_id=None)


def call(arguments: Any, call_id: Any = "call_1", name: Any = "t") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_conversation_is_mapped_message_by_message() -> None:
    """The golden request: results stand right behind their calls, then what was said to the model."""
    use = ToolUseBlock(tool_use_id="call_1", name="t", arguments={"a": "é"})
    second = ToolUseBlock(tool_use_id="call_2", name="t", arguments={})
    request = request_with(
        Message(role="user", content=[TextBlock(text="go"), TextBlock(text="on")]),
        Message(role="assistant", content=[TextBlock(text="ok"), use, second]),
        Message(
            role="user",
            content=[
                TextBlock(text="one step left"),
                ToolResultBlock(tool_use_id="call_1", text="5"),
                ToolResultBlock(tool_use_id="call_2", text="refused", is_error=True),
            ],
        ),
        Message(role="assistant", content=[]),
    )
    assert request_body(request, model="qwen3", limit_name="max_tokens") == {
        "model": "qwen3",
        "temperature": 0.2,
        "max_tokens": 500,
        "stream": False,
        "messages": [
            {"role": "system", "content": "Be exact."},
            {"role": "user", "content": "go\non"},
            {
                "role": "assistant",
                "content": "ok",
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "t", "arguments": '{"a": "é"}'}},
                    {"id": "call_2", "type": "function", "function": {"name": "t", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "5"},
            {"role": "tool", "tool_call_id": "call_2", "content": "ERROR: refused"},
            {"role": "user", "content": "one step left"},
            {"role": "assistant", "content": ""},
        ],
        "tools": [
            {"type": "function", "function": {"name": "t", "description": "d", "parameters": {"type": "object"}}}
        ],
    }


def test_no_tools_and_no_system_are_left_out() -> None:
    """Servers refuse an empty list of tools."""
    body = request_body(
        request_with(Message(role="user", content=[TextBlock(text="go")]), tools=[], system=""),
        model="m",
        limit_name="max_completion_tokens",
    )
    assert "tools" not in body
    assert body["messages"] == [{"role": "user", "content": "go"}]
    assert body["max_completion_tokens"] == 500


def test_malformed_call_is_sent_back_as_valid_json() -> None:
    """Chat templates parse the arguments of earlier turns; broken ones would break the server."""
    broken = ToolUseBlock(tool_use_id="c", name="t", malformed='{"a": ')
    body = request_body(request_with(Message(role="assistant", content=[broken])), model="m", limit_name="max_tokens")
    arguments = body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"malformed": '{"a": '}


def test_parallel_calls_are_mapped_in_order() -> None:
    """The golden response."""
    response = response_with(
        {"role": "assistant", "content": None, "tool_calls": [call('{"a": 1}'), call('{"b": [2]}', "call_2", "u")]},
        "tool_calls",
        usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    )
    assert response.content == [
        ToolUseBlock(tool_use_id="call_1", name="t", arguments={"a": 1}),
        ToolUseBlock(tool_use_id="call_2", name="u", arguments={"b": [2]}),
    ]
    assert (response.stop_reason, response.usage.total_tokens, response.request_id) == ("tool_use", 15, "chatcmpl-1")
    assert (response.provider, response.model, response.latency_ms) == ("openai", "m", 7)


@pytest.mark.parametrize(
    ("arguments", "expected", "malformed"),
    [
        ('{"a": 1}', {"a": 1}, None),
        ('[1, "x"]', [1, "x"], None),
        ("null", None, None),
        ("", {}, None),
        (None, {}, None),
        ({"a": 1}, {"a": 1}, None),
        ('{"a": 1', None, '{"a": 1'),
        ('{"a": 1, "a": 2}', None, '{"a": 1, "a": 2}'),
        ('{"a": NaN}', None, '{"a": NaN}'),
        ('"{\\"a\\": 1}"', '{"a": 1}', None),
        (7, 7, None),
    ],
)
def test_arguments_mean_what_the_server_sent(arguments: Any, expected: Any, malformed: str | None) -> None:
    """A text is parsed once, an object is taken as it is, and broken JSON keeps its text."""
    use = response_with({"tool_calls": [call(arguments)]}, "tool_calls").tool_uses[0]
    assert (use.arguments, use.malformed) == (expected, malformed)


def test_arguments_sent_as_an_object_with_equal_keys_are_malformed() -> None:
    """The object form gets no softer treatment than the text form."""
    response = raw_response(
        b'{"choices": [{"message": {"tool_calls": [{"id": "a", "function":'
        b' {"name": "t", "arguments": {"iban": "A", "iban": "B"}}}]}}]}'
    )
    assert response.tool_uses[0].malformed == '{"iban": "A", "iban": "B"}'


def test_missing_and_repeated_ids_are_replaced_by_unique_ones() -> None:
    """Results are found by id; nine letters and digits are taken back by every server."""
    calls = [call("{}", "x"), call("{}", "x"), call("{}", None), call("{}", ""), call("{}", "call00001"), call("{}", 5)]
    ids = [use.tool_use_id for use in response_with({"tool_calls": calls}).tool_uses]
    assert ids[0] == "x"
    assert len(set(ids)) == 6
    assert all(re.fullmatch("[a-z0-9]{9}", each) for each in ids[1:])


@pytest.mark.parametrize("wrong", ["text", None, 5, {}, {"id": "a"}, {"id": "a", "function": "f"}])
def test_call_that_is_no_function_call_is_malformed(wrong: Any) -> None:
    """It is refused with a message that the model reads; it never ends the execution."""
    use = response_with({"tool_calls": [wrong]}).tool_uses[0]
    assert (use.name, use.malformed) == ("", json.dumps(wrong))
    assert use.tool_use_id


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("content_filter", "refusal"), ("tool_calls", "other"),
     ("eos", "other"), (None, "other"), ({}, "other")],
)  # fmt: skip
def test_each_finish_reason_of_a_turn_without_calls_has_one_meaning(word: Any, meaning: str) -> None:
    """Words that servers invent are `other`."""
    assert response_with({"content": "hi"}, word).stop_reason == meaning


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("stop", "tool_use"), (None, "tool_use"), ("length", "max_tokens"), ("content_filter", "refusal")],
)
def test_calls_count_more_than_the_word_unless_the_turn_was_cut_or_filtered(word: Any, meaning: str) -> None:
    """Several servers say `stop` beside tool calls."""
    assert response_with({"tool_calls": [call("{}")]}, word).stop_reason == meaning


def test_refusal_field_is_a_refusal_with_its_text() -> None:
    """OpenAI puts a refusal beside the content, with the reason `stop`."""
    response = response_with({"content": None, "refusal": "I cannot help with that."})
    assert (response.stop_reason, response.text) == ("refusal", "I cannot help with that.")


def test_empty_answers_and_content_parts_are_mapped() -> None:
    """A model may say nothing; some servers send text in parts."""
    assert response_with({"content": ""}).content == []
    assert response_with({}).content == []
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, "b", {"type": "text", "text": "c"}]
    assert response_with({"content": parts}).text == "a\nc"


def test_missing_usage_is_not_reported() -> None:
    """The reservation is then what the call cost."""
    assert response_with({"content": "hi"}).usage.reported is False


def test_lone_surrogates_in_text_and_names_are_replaced() -> None:
    """They could not be journalled."""
    response = response_with({"content": "a\ud800", "tool_calls": [call("{}", "i\ud800", "n\ud800")]})
    assert response.text == "a?"
    assert (response.tool_uses[0].tool_use_id, response.tool_uses[0].name) == ("i?", "n?")
    assert response.model_dump_json()


@pytest.mark.parametrize(
    "document", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": ["x"]}, {"error": "x"}]
)
def test_document_without_a_choice_says_what_to_check(document: Any) -> None:
    """A wrong base URL answers 200 with something else."""
    with pytest.raises(ModelFailedError, match="without a choice; check that base_url"):
        response_of(document, model="m", latency_ms=0, request_id=None)
