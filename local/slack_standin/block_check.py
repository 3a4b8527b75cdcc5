"""The limits that Slack checks in blocks and modals; what passes here is not refused there for its size.

Source: https://docs.slack.dev/reference/block-kit/blocks and .../views; the length of all blocks of a message is in
no page and was measured by Slack's users (github.com/slackapi/bolt-js/issues/2509 and 2867).
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

_KINDS = {"header", "section", "context", "divider", "actions", "input"}
_INPUTS = {"plain_text_input", "static_select", "number_input", "datepicker"}
MESSAGE_CHARACTERS = 13_000
VIEW_BYTES = 250_000


def message_problems(blocks: Any) -> list[str]:
    """What Slack would answer as `invalid_blocks`; empty when it would take them."""
    return list(_problems(blocks, 50))


def is_too_long(blocks: Any) -> bool:
    """Whether Slack would answer `msg_blocks_too_long`."""
    return _length(json.dumps(blocks, ensure_ascii=False)) > MESSAGE_CHARACTERS


def is_too_large(view: Any) -> bool:
    """Whether Slack would answer `view_too_large`."""
    return len(json.dumps(view)) > VIEW_BYTES


def view_problems(view: Any) -> list[str]:
    """What Slack would answer as `invalid_arguments` about a modal."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return ["a view needs type modal"]
    found = list(_problems(view.get("blocks"), 100))
    for name in ("title", "submit", "close"):
        if name in view:
            found += _text(view[name], 24, f"/{name}")
    if len(view.get("private_metadata", "")) > 3000:
        found.append("/private_metadata: more than 3000 characters")
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in view.get("blocks") or [])
    if has_input and "submit" not in view:
        found.append("/submit: required when there are inputs")
    return found


def _problems(blocks: Any, most: int) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield "/blocks: must be an array"
        return
    if len(blocks) > most:
        yield f"/blocks: no more than {most} items allowed"
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    if len(set(ids)) < len(ids):
        yield "/blocks: `block_id` is not unique"
    for index, block in enumerate(blocks):
        yield from _block(block, f"/blocks/{index}")


def _block(block: Any, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _KINDS:
        yield f"{at}/type: unsupported type {kind!r}"
        return
    if not 1 <= len(block.get("block_id", "-")) <= 255:
        yield f"{at}/block_id: must be 1 to 255 characters"
    if kind == "header":
        yield from _text(block.get("text"), 150, f"{at}/text", kinds=("plain_text",))
    if kind == "section" and "text" in block:
        yield from _text(block["text"], 3000, f"{at}/text")
    if kind == "section":
        yield from _section_fields(block, at)
    if kind == "context":
        yield from _elements(block, at, 10)
        for index, element in enumerate(block.get("elements", [])):
            yield from _text(element, 2000, f"{at}/elements/{index}")
    if kind == "actions":
        yield from _elements(block, at, 25)
        for index, element in enumerate(block.get("elements", [])):
            yield from _button(element, f"{at}/elements/{index}")
    if kind == "input":
        yield from _input(block, at)


def _section_fields(block: dict[str, Any], at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"{at}: a section needs text or fields"
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield f"{at}/fields: no more than 10 items allowed"
    for index, field in enumerate(fields):
        yield from _text(field, 2000, f"{at}/fields/{index}")


def _elements(block: dict[str, Any], at: str, most: int) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= most:
        yield f"{at}/elements: 1 to {most} items required"


def _button(element: Any, at: str) -> Iterator[str]:
    yield from _text(element.get("text"), 75, f"{at}/text", kinds=("plain_text",))
    if len(element.get("value", "")) > 2000:
        yield f"{at}/value: must be less than 2001 characters"
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}/style: must be primary or danger"
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)) if "confirm" in element else ():
        yield from _text(element["confirm"].get(name), most, f"{at}/confirm/{name}")


def _input(block: dict[str, Any], at: str) -> Iterator[str]:
    yield from _text(block.get("label"), 2000, f"{at}/label", kinds=("plain_text",))
    if "hint" in block:
        yield from _text(block["hint"], 2000, f"{at}/hint", kinds=("plain_text",))
    element = block.get("element") or {}
    kind = element.get("type")
    if kind not in _INPUTS:
        yield f"{at}/element/type: unsupported type {kind!r}"
    if kind == "static_select":
        yield from _menu(element, f"{at}/element")
    if kind == "number_input":
        yield from _number(element, f"{at}/element")
    if kind == "datepicker" and not _is_day(element.get("initial_date", "2026-01-01")):
        yield f"{at}/element/initial_date: must be YYYY-MM-DD"
    if _length(element.get("initial_value", "")) > min(3000, element.get("max_length", 3000)):
        yield f"{at}/element/initial_value: longer than max_length"


def _menu(element: dict[str, Any], at: str) -> Iterator[str]:
    options = element.get("options", [])
    if not 1 <= len(options) <= 100:
        yield f"{at}/options: 1 to 100 items required"
    for index, option in enumerate(options):
        yield from _text(option.get("text"), 75, f"{at}/options/{index}/text", kinds=("plain_text",))
        if not 1 <= len(option.get("value", "")) <= 150:
            yield f"{at}/options/{index}/value: must be 1 to 150 characters"
    if "initial_option" in element and element["initial_option"] not in options:
        yield f"{at}/initial_option: is not one of the options"


def _number(element: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield f"{at}/is_decimal_allowed: required"
    for name in ("initial_value", "min_value", "max_value"):
        if name in element and not re.fullmatch(r"-?\d+(\.\d+)?", str(element[name])):
            yield f"{at}/{name}: must be a number in a string"
            return
    low, high = (float(element.get(name, bound)) for name, bound in (("min_value", "-inf"), ("max_value", "inf")))
    if "initial_value" in element and not low <= float(element["initial_value"]) <= high:
        yield f"{at}/initial_value: must be between min_value and max_value"


def _text(text: Any, most: int, at: str, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"{at}: must be a text object ({' or '.join(kinds)})"
    elif not 1 <= _length(text.get("text", "")) <= most:
        yield f"{at}: must be 1 to {most} characters"


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _length(text: str) -> int:
    """As a browser counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
