"""What Bedrock refuses in a Converse request, as far as a conversation can be wrong. Pure: no socket.

Rules: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html and the API reference.
"""

import re
from typing import Any

_TOOL_USE_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def problem_with(request: Any) -> str | None:
    """The first thing that Bedrock would answer with a ValidationException, in its own kind of words; else None."""
    if not isinstance(request, dict) or not isinstance(request.get("messages"), list) or not request["messages"]:
        return "messages: a conversation needs at least one message"
    for number, message in enumerate(request["messages"]):
        problem = _message_problem(message)
        if problem:
            return f"messages.{number}: {problem}"
    return _order_problem(request["messages"]) or _tools_problem(request)


def _message_problem(message: Any) -> str | None:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list) or message.get("role") not in ("user", "assistant"):
        return "a message is {role: user|assistant, content: [...]}"
    if not content:
        return "content must not be empty"
    return next((problem for block in content if (problem := _block_problem(block))), None)


def _block_problem(block: Any) -> str | None:
    if not isinstance(block, dict) or len(block) != 1:
        return "a content block has exactly one member"
    if "text" in block:
        return None if str(block["text"]).strip() else "the text field in the ContentBlock object is blank"
    inner = block.get("toolUse") or block.get("toolResult")
    if not isinstance(inner, dict) or not _TOOL_USE_ID.fullmatch(str(inner.get("toolUseId"))):
        return "a block is text, toolUse or toolResult; the last two need a toolUseId of 1 to 64 of [a-zA-Z0-9_.:-]"
    if "toolUse" in block and not _TOOL_NAME.fullmatch(str(inner.get("name"))):
        return "toolUse needs a name of 1 to 64 of [a-zA-Z0-9_-]"
    if "toolUse" in block and not isinstance(inner.get("input"), dict):
        return "toolUse needs an input that is a JSON object"
    if "toolResult" in block and not isinstance(inner.get("content"), list):
        return "toolResult needs a content list"
    return None


def _order_problem(messages: list[dict[str, Any]]) -> str | None:
    if messages[0]["role"] != "user":
        return "a conversation must start with a user message"
    used: set[str] = set()
    waiting: list[str] = []
    for number, message in enumerate(messages):
        if number and message["role"] == messages[number - 1]["role"]:
            return f"messages.{number}: roles must alternate between user and assistant"
        answered = [block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block]
        if sorted(answered) != sorted(waiting):
            return f"messages.{number}: expected toolResult blocks for {sorted(waiting)}, found {sorted(answered)}"
        waiting = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
        if len(set(waiting)) != len(waiting) or used & set(waiting):
            return f"messages.{number}: toolUse ids must be unique"
        used |= set(waiting)
    return f"expected toolResult blocks for {sorted(waiting)} at the end" if waiting else None


def _tools_problem(request: dict[str, Any]) -> str | None:
    config = request.get("toolConfig")
    if config is not None and not config.get("tools"):
        return "toolConfig.tools must have at least one tool"
    has_tool_blocks = any(
        "toolUse" in block or "toolResult" in block for message in request["messages"] for block in message["content"]
    )
    if has_tool_blocks and config is None:
        return "the toolConfig field must be defined when using toolUse and toolResult content blocks"
    return None
