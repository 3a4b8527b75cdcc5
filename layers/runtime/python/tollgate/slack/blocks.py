"""Block Kit's building blocks, as few as the card and its modals need. Text is plain text unless it is our own link.

Limits: https://docs.slack.dev/reference/block-kit/blocks. That a message's blocks may have some 13,000 characters
together (else `msg_blocks_too_long`) is on no page of Slack's; it was measured: slackapi/bolt-js issues 2509 and 2867.
"""

import json
from typing import Any

Block = dict[str, Any]

SECTION, FIELD, HEADER, CONTEXT = 3000, 2000, 150, 2000
MESSAGE = 12_000
"""Characters of a message's blocks as JSON that Slack was never seen to refuse."""


def characters(blocks: list[Block]) -> int:
    """What blocks take of `MESSAGE`."""
    return length(json.dumps(blocks, ensure_ascii=False))


def length(text: str) -> int:
    """Characters as a browser counts them: an emoji is two. How Slack counts no page says, and this is never less."""
    return len(text) + sum(character > "\uffff" for character in text)


def escaped(text: str) -> str:
    """Text for a place that Slack always reads as markup: no mention and no link is left in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: int) -> Block:
    """Text in which nothing is a mention, a link, an emoji or a format."""
    return {"type": "plain_text", "text": _cut(text, limit) or " ", "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str) -> Block:
    return {"type": "section", "text": plain(text, SECTION)}


def divider() -> Block:
    return {"type": "divider"}


def labelled(label: str, value: str) -> Block:
    """A name beside its value; a value too long for a column stands below its name."""
    if length(value) <= FIELD:
        return {"type": "section", "fields": [plain(label, FIELD), plain(value, FIELD)]}
    return section(f"{label}\n{value}")


def context(*lines: str | Block) -> Block:
    """Small print, at most ten pieces; a piece that is no text is a `link` or a `moment` of ours."""
    elements = [plain(line, CONTEXT) if isinstance(line, str) else line for line in lines if line]
    return {"type": "context", "elements": elements[:10]}


def link(url: str, words: str) -> Block:
    """A link of our own making: neither part may come from a model or a document."""
    return {"type": "mrkdwn", "text": f"<{url}|{words}>"}


def moment(before: str, at: float, otherwise: str) -> Block:
    """A time as each reader's own clock shows it, after words of ours."""
    return {"type": "mrkdwn", "text": f"{before} <!date^{int(at)}^{{date_short_pretty}} at {{time}}|{otherwise}>"}


def button(label: str, action_id: str, value: str, *, style: str | None = None, confirm: Block | None = None) -> Block:
    """A button; its value is at most 2,000 characters and never holds a task token."""
    block: Block = {"type": "button", "text": plain(label, 75), "action_id": action_id, "value": value}
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm
    return block


def confirm(title: str, text: str, *, yes: str, no: str) -> Block:
    """The question between the click and the action."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def actions(*elements: Block) -> Block:
    return {"type": "actions", "block_id": "decision", "elements": list(elements)}


def modal(*, title: str, submit: str, callback_id: str, private_metadata: str, blocks: list[Block]) -> Block:
    """A modal view; what it is about travels in `private_metadata`, which Slack sends back and signs."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": blocks,
    }


def field(block_id: str, label: str, element: Block, *, optional: bool, hint: str | None = None) -> Block:
    """One input of a modal; errors are shown at its `block_id`."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": {"action_id": "value", **element},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def _cut(text: str, limit: int) -> str:
    if length(text) <= limit:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)].decode("utf-16-le", "ignore") + "…"
