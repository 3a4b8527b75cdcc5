"""The providers' many words for why a turn ended -> the six that the loop acts on."""

from tollgate.models.message import StopReason

_MEANING: dict[str, StopReason] = {
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (stopReason)
    "end_turn": "end_turn",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "stop_sequence": "stop_sequence",
    "guardrail_intervened": "refusal",
    "content_filtered": "refusal",
    "refusal": "refusal",
    # https://platform.openai.com/docs/api-reference/chat/object (finish_reason)
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "length": "max_tokens",
    "content_filter": "refusal",
}


def stop_reason_of(word: object, *, has_calls: bool) -> StopReason:
    """`tool_use` exactly when a turn that ended by itself proposes calls; cut and refused turns stay cut and refused.

    Some servers say `stop` beside tool calls, others `tool_calls` beside none: what is there counts, not the word.
    """
    meaning = _MEANING.get(word, "other") if isinstance(word, str) else "other"
    if has_calls and meaning in ("end_turn", "other"):
        return "tool_use"
    return "other" if meaning == "tool_use" and not has_calls else meaning
