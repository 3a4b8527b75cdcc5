"""Our conversation <-> Converse's JSON, judged by botocore's own model of the service."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from tollgate.errors import ModelFailedError
from tollgate.model.bedrock_messages import NOTHING_SAID, request_body, response_of
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

CONVERSE = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse")
TOOL = ToolChoice(name="read_invoice", description="Reads it.", input_schema={"type": "object"})
CALL = ToolUseBlock(tool_use_id="tooluse_1", name="read_invoice", arguments={"document": "invoice"})


def request_with(messages: list[Message], **changes: Any) -> ModelRequest:
    plain: dict[str, Any] = {
        "agent": "invoices",
        "execution_id": "exe-1",
        "step": 3,
        "system": "Be exact.",
        "messages": messages,
        "tools": [TOOL],
        "temperature": 0.2,
        "max_output_tokens": 500,
        "timeout_seconds": 5,
    }
    return ModelRequest(**plain | changes)


def user(*blocks: Any) -> Message:
    return Message(role="user", content=list(blocks))


def assistant(*blocks: Any) -> Message:
    return Message(role="assistant", content=list(blocks))


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body, after the SDK's own validation of it."""
    assert CONVERSE.input_shape is not None
    report = ParamValidator().validate({"modelId": "m", **body}, CONVERSE.input_shape)
    assert not report.has_errors(), report.generate_report()
    return body


def response_with(**members: Any) -> ModelResponse:
    document: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 30, "outputTokens": 5, "totalTokens": 35},
    }
    body = json.dumps(document | members).encode()
    return response_of(read_document(body), model="m", latency_ms=7, request_id="r")


def content(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": list(blocks)}}


def test_conversation_with_a_failed_call_is_mapped_block_by_block() -> None:
    """The golden request: system, text, call, error result, tools, limits and who asks."""
    error = ToolResultBlock(tool_use_id="tooluse_1", text="no such document", is_error=True)
    body = request_body(request_with([user(TextBlock(text="go")), assistant(TextBlock(text="ok"), CALL), user(error)]))
    assert checked(body) == {
        "system": [{"text": "Be exact."}],
        "messages": [
            {"role": "user", "content": [{"text": "go"}]},
            {
                "role": "assistant",
                "content": [
                    {"text": "ok"},
                    {"toolUse": {"toolUseId": "tooluse_1", "name": "read_invoice", "input": {"document": "invoice"}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "toolResult": {
                            "toolUseId": "tooluse_1",
                            "content": [{"text": "no such document"}],
                            "status": "error",
                        }
                    }
                ],
            },
        ],
        "inferenceConfig": {"maxTokens": 500, "temperature": 0.2},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "read_invoice",
                        "description": "Reads it.",
                        "inputSchema": {"json": {"type": "object"}},
                    }
                }
            ]
        },
        "requestMetadata": {
            "tollgate_agent": "invoices",
            "tollgate_execution": "exe-1",
            "tollgate_step": "3",
        },
    }


def test_empty_system_and_tools_are_left_out() -> None:
    """Converse refuses an empty toolConfig and a blank system prompt."""
    body = checked(request_body(request_with([user(TextBlock(text="go"))], system=" \n", tools=[])))
    assert "system" not in body
    assert "toolConfig" not in body


def test_tool_blocks_without_tools_on_offer_become_text() -> None:
    """A closing call offers no tools, and Converse refuses tool blocks then."""
    result = ToolResultBlock(tool_use_id="tooluse_1", text='{"total": 5}')
    body = request_body(request_with([user(TextBlock(text="go")), assistant(CALL), user(result)], tools=[]))
    assert checked(body)["messages"][1:] == [
        {"role": "assistant", "content": [{"text": '[called read_invoice with {"document": "invoice"}]'}]},
        {"role": "user", "content": [{"text": '[result: {"total": 5}]'}]},
    ]


def test_empty_turn_and_blank_text_are_sent_as_words() -> None:
    """Converse refuses empty messages and blank text, and models do answer with nothing."""
    body = request_body(request_with([user(TextBlock(text="go")), assistant(), user(TextBlock(text=" "))]))
    assert [message["content"] for message in checked(body)["messages"][1:]] == [[{"text": NOTHING_SAID}]] * 2


@pytest.mark.parametrize(
    ("block", "sent"),
    [
        (CALL.model_copy(update={"arguments": None, "malformed": '{"a": '}), {"malformed": '{"a": '}),
        (CALL.model_copy(update={"arguments": [1, 2]}), {"not_an_object": [1, 2]}),
    ],
)
def test_arguments_that_are_no_object_are_sent_back_inside_one(block: ToolUseBlock, sent: dict[str, Any]) -> None:
    """The model sees what it wrote, in the only form that providers take."""
    body = request_body(request_with([user(TextBlock(text="go")), assistant(block)]))
    assert checked(body)["messages"][1]["content"][0]["toolUse"]["input"] == sent


def test_invented_tool_name_is_sent_back_in_allowed_characters() -> None:
    """One hallucinated name must not make every later request invalid."""
    odd = CALL.model_copy(update={"name": "functions.read invoice!" + "x" * 80})
    name = request_body(request_with([assistant(odd)]))["messages"][0]["content"][0]["toolUse"]["name"]
    assert name.startswith("functions_read_invoice_x")
    assert len(name) == 64


def test_answer_with_text_calls_and_reasoning_is_mapped() -> None:
    """The golden response: reasoning is dropped, cited text and parallel calls are kept in order."""
    response = response_with(
        stopReason="tool_use",
        output=content(
            {"reasoningContent": {"reasoningText": {"text": "hmm"}}},
            {"text": "Two calls."},
            {"citationsContent": {"content": [{"text": "As cited."}], "citations": []}},
            {"toolUse": {"toolUseId": "a", "name": "read_invoice", "input": {"document": "invoice"}}},
            {"toolUse": {"toolUseId": "b", "name": "post_invoice", "input": {"amount": 1.5, "lines": []}}},
        ),
    )
    assert response.content == [
        TextBlock(text="Two calls."),
        TextBlock(text="As cited."),
        ToolUseBlock(tool_use_id="a", name="read_invoice", arguments={"document": "invoice"}),
        ToolUseBlock(tool_use_id="b", name="post_invoice", arguments={"amount": 1.5, "lines": []}),
    ]
    assert (response.stop_reason, response.usage.total_tokens) == ("tool_use", 35)
    assert (response.provider, response.model, response.latency_ms, response.request_id) == ("bedrock", "m", 7, "r")


def test_repeated_ids_of_one_turn_are_kept_for_screening_to_refuse() -> None:
    """Which of the two calls is meant is not ours to decide."""
    call = {"toolUse": {"toolUseId": "same", "name": "t", "input": {}}}
    response = response_with(stopReason="tool_use", output=content(call, call))
    assert [use.tool_use_id for use in response.tool_uses] == ["same", "same"]


@pytest.mark.parametrize("reason", ["malformed_tool_use", "malformed_model_output"])
def test_call_of_a_turn_that_bedrock_calls_malformed_is_malformed(reason: str) -> None:
    """Its remains may parse; they are not what the model meant."""
    response = response_with(
        stopReason=reason,
        output=content({"text": "a"}, {"toolUse": {"toolUseId": "a", "name": "t", "input": {"x": 1}}}),
    )
    assert response.tool_uses == [ToolUseBlock(tool_use_id="a", name="t", arguments=None, malformed='{"x": 1}')]


def test_call_with_missing_or_wrong_members_is_kept_for_screening() -> None:
    """A malformed call is refused with a message that the model reads; it never ends the execution."""
    response = response_with(
        stopReason="tool_use",
        output=content({"toolUse": {}}, {"toolUse": {"toolUseId": 7, "name": None, "input": "x"}}),
    )
    assert [(use.tool_use_id, use.name, use.arguments) for use in response.tool_uses] == [("", "", None), ("", "", "x")]


def test_empty_content_is_an_empty_list() -> None:
    """A model may say nothing."""
    assert response_with(output=content()).content == []


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("end_turn", "end_turn"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"),
        ("stop_sequence", "stop_sequence"),
        ("guardrail_intervened", "refusal"),
        ("content_filtered", "refusal"),
        ("refusal", "refusal"),
        ("malformed_model_output", "other"),
        ("tool_use", "other"),
        ("a_new_reason", "other"),
        (None, "other"),
        (["end_turn"], "other"),
    ],
)
def test_each_stop_reason_of_a_turn_without_calls_has_one_meaning(word: Any, meaning: str) -> None:
    """`tool_use` without a call is `other`: there is nothing to run."""
    assert response_with(stopReason=word).stop_reason == meaning


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("end_turn", "tool_use"), ("a_new_reason", "tool_use"), ("max_tokens", "max_tokens"), ("refusal", "refusal")],
)
def test_calls_count_more_than_the_word_unless_the_turn_was_cut_or_refused(word: str, meaning: str) -> None:
    """Some servers end a turn of calls with `end_turn`; a cut one must stay cut, because none of its calls may run."""
    call = {"toolUse": {"toolUseId": "a", "name": "t", "input": {}}}
    assert response_with(stopReason=word, output=content(call)).stop_reason == meaning


@pytest.mark.parametrize("document", [None, [], {}, {"output": {}}, {"output": {"message": {"content": "hi"}}}])
def test_document_without_an_output_message_says_what_to_check(document: Any) -> None:
    """A wrong endpoint answers 200 with something else."""
    with pytest.raises(ModelFailedError, match="without an output message; check that the endpoint speaks Converse"):
        response_of(document, model="m", latency_ms=0, request_id=None)


def test_document_whose_output_is_no_object_is_refused_too() -> None:
    """A string where the output should be must not crash the task."""
    with pytest.raises(ModelFailedError, match="without an output message"):
        response_of({"output": "hello"}, model="m", latency_ms=0, request_id=None)
