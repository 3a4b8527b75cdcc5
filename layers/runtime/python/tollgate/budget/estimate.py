"""How many input tokens a request may be billed as, before it is sent: what a reservation holds.

Bytes, not characters, and no tokeniser: those of the models on Bedrock are not public, and one that is fetched at
run time is a dependency on somebody's server. Measured bounds (tokens billed per byte sent):

- transcripts (prose, JSON, XML, several languages): a third of the bytes, within a factor of 1.25;
- long unbroken runs (base64, hashes, ids): one token per 1.4 bytes;
- emoji and rare scripts (four bytes a character): up to three tokens each;
- a quarter of the characters, the usual rule, gives only 0.34 of the truth on multilingual text.

The number of pieces that a tokeniser looks at one by one is a floor of its own: it never joins more than three digits,
nor two words, so `[1,2,3,4]` costs a token for nearly every byte. The pieces are those of cl100k_base, written for
bytes: https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py
"""

import json
import math
import re

from tollgate.models.message import Block, ModelRequest, TextBlock, ToolResultBlock, ToolUseBlock

BYTES_PER_TOKEN = 3.0
MARGIN = 1.25
UNBROKEN_BYTES_PER_TOKEN = 1.4
FOUR_BYTE_CHARACTER_TOKENS = 3
UNBROKEN_BYTES = 20
"""From this length on, letters, digits and base64's other signs without a break are no words."""

REQUEST_OVERHEAD_TOKENS = 32
MESSAGE_OVERHEAD_TOKENS = 8
CALL_OVERHEAD_TOKENS = 48
"""Role marks, ids and the frame around a call or a result, which providers add and bill."""
TOOLS_OVERHEAD_TOKENS = 400
"""Anthropic's models add up to 346 tokens once tools are offered.
https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview#pricing"""

_UNBROKEN = re.compile(rb"[A-Za-z0-9+/=_-]{%d,}" % UNBROKEN_BYTES)
_FOUR_BYTES = re.compile(rb"[\xf0-\xf4]")
_PIECE = re.compile(
    rb"'(?:[sdmt]|ll|ve|re)"
    rb"|[^\r\nA-Za-z0-9\x80-\xff]?[A-Za-z\x80-\xff]+"
    rb"|[0-9]{1,3}"
    rb"| ?[^\sA-Za-z0-9\x80-\xff]+[\r\n]*"
    rb"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def estimate_input_tokens(request: ModelRequest) -> int:
    """Not below what the provider will bill, within the bounds above; never shrinks when text is added."""
    tools = [
        estimate_text_tokens(json.dumps([tool.name, tool.description, tool.input_schema], ensure_ascii=False))
        for tool in request.tools
    ]
    messages = [
        MESSAGE_OVERHEAD_TOKENS + sum(_block_tokens(block) for block in message.content) for message in request.messages
    ]
    overhead = REQUEST_OVERHEAD_TOKENS + (TOOLS_OVERHEAD_TOKENS if request.tools else 0)
    return overhead + estimate_text_tokens(request.system) + sum(tools) + sum(messages)


def estimate_text_tokens(text: str) -> int:
    """The same for one text."""
    data = text.encode("utf-8", "replace")
    unbroken = sum(len(run) for run in _UNBROKEN.findall(data))
    wide = len(_FOUR_BYTES.findall(data))
    by_bytes = (
        (len(data) - unbroken - 4 * wide) * MARGIN / BYTES_PER_TOKEN
        + unbroken / UNBROKEN_BYTES_PER_TOKEN
        + wide * FOUR_BYTE_CHARACTER_TOKENS
    )
    return max(math.ceil(by_bytes), sum(1 for _ in _PIECE.finditer(data)))


def _block_tokens(block: Block) -> int:
    if isinstance(block, TextBlock):
        return estimate_text_tokens(block.text)
    if isinstance(block, ToolResultBlock):
        return CALL_OVERHEAD_TOKENS + estimate_text_tokens(block.text)
    return CALL_OVERHEAD_TOKENS + estimate_text_tokens(_written(block))


def _written(block: ToolUseBlock) -> str:
    arguments = block.malformed if block.malformed is not None else json.dumps(block.arguments, ensure_ascii=False)
    return f"{block.name} {arguments}"
