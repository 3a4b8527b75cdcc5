"""Tool-use ids as providers accept them: unique over the whole conversation, each result with its own call.

Some servers begin every turn with `call_0`, and models repeat ids; providers refuse a conversation that does.
"""

import re
from collections import defaultdict, deque

from tollgate.models.message import Block, Message, ToolResultBlock, ToolUseBlock

_NOT_ALLOWED = re.compile(r"[^a-zA-Z0-9_-]")
_MAX_LENGTH = 64  # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html


def with_unique_ids(messages: list[Message]) -> list[Message]:
    """The same conversation with every id unique and well-formed; ids that already are do not change."""
    taken: set[str] = set()
    open_calls: defaultdict[str, deque[str]] = defaultdict(deque)
    renamed = []
    for message in messages:
        if message.role == "assistant":
            open_calls.clear()
        blocks = [_renamed(block, taken, open_calls) for block in message.content]
        renamed.append(message.model_copy(update={"content": blocks}))
    return renamed


def _renamed(block: Block, taken: set[str], open_calls: defaultdict[str, deque[str]]) -> Block:
    if isinstance(block, ToolUseBlock):
        unique = _unique(block.tool_use_id, taken)
        taken.add(unique)
        open_calls[block.tool_use_id].append(unique)
    elif isinstance(block, ToolResultBlock):
        waiting = open_calls[block.tool_use_id]
        unique = waiting.popleft() if waiting else _well_formed(block.tool_use_id)
    else:
        return block
    return block.model_copy(update={"tool_use_id": unique})


def _unique(tool_use_id: str, taken: set[str]) -> str:
    candidate = base = _well_formed(tool_use_id)
    number = 2
    while candidate in taken:
        candidate = f"{base[: _MAX_LENGTH - 8]}-{number}"
        number += 1
    return candidate


def _well_formed(tool_use_id: str) -> str:
    return _NOT_ALLOWED.sub("-", tool_use_id)[:_MAX_LENGTH] or "call"
