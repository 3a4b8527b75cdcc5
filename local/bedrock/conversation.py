"""From a Converse request to the `Turn` that a script reads. Pure: no socket, no files."""

import json
import re
from typing import Any

from local.bedrock.rehearsal import Result, Turn

_OPENING = re.compile(r"<(instruction|document)(\s[^<>]*)?>")


def turn_of(request: dict[str, Any], step: int) -> Turn:
    """The turn behind a request that `shape.problem_with` found nothing wrong with."""
    messages = request["messages"]
    tools = request.get("toolConfig", {}).get("tools", [])
    return Turn(
        system="\n".join(block.get("text", "") for block in request.get("system", [])),
        instruction_text=_instruction_text(messages),
        messages=messages,
        results=_results(messages),
        tools=[tool["toolSpec"]["name"] for tool in tools if "toolSpec" in tool],
        step=step,
    )


def _instruction_text(messages: list[dict[str, Any]]) -> str:
    """The first message's instruction elements; the whole message where it has neither instructions nor documents."""
    texts = [block["text"] for block in messages[0]["content"] if "text" in block] if messages else []
    if not any(_OPENING.search(text) for text in texts):
        return "\n".join(texts)
    return "\n".join(instruction for text in texts for instruction in _instructions_in(text))


def _instructions_in(text: str) -> list[str]:
    """Instructions outside of documents: what a document says about instructions is the document's text."""
    found, position = [], 0
    while opening := _OPENING.search(text, position):
        kind, closing = opening.group(1), f"</{opening.group(1)}>"
        # The first closing tag is the right one: the prompt's builder escapes those that stand in a text.
        end = text.find(closing, opening.end())
        end = len(text) if end < 0 else end
        if kind == "instruction":
            found.append(text[opening.end() : end].strip("\n"))
        position = end + len(closing)
    return found


def _results(messages: list[dict[str, Any]]) -> list[Result]:
    calls: dict[str, dict[str, Any]] = {}
    results = []
    for block in (block for message in messages for block in message["content"]):
        if "toolUse" in block:
            calls[block["toolUse"]["toolUseId"]] = block["toolUse"]
        elif "toolResult" in block:
            results.append(_result(block["toolResult"], calls))
    return results


def _result(wire: dict[str, Any], calls: dict[str, dict[str, Any]]) -> Result:
    call = calls.get(wire["toolUseId"], {})
    parts = wire["content"]
    text = "\n".join(json.dumps(part["json"]) if "json" in part else part.get("text", "") for part in parts)
    return Result(
        name=call.get("name", ""),
        arguments=call.get("input"),
        value=_value_of(text),
        text=text,
        is_error=wire.get("status") == "error",
    )


def _value_of(text: str) -> Any:
    try:
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError:
        return None
    whole = not text.lstrip()[end:].strip()
    return value if whole or isinstance(value, dict | list) else None
