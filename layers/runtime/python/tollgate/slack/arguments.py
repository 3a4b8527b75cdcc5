"""A call's arguments on its card: what carries authority first and whole, each with its origin. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tollgate.approvals.visible import brief, one_line, space_warnings, warnings, whole
from tollgate.models.approval import Approval
from tollgate.screening.text import OWN_NAME
from tollgate.slack import origin
from tollgate.slack.blocks import Block, characters, context, labelled, length

SINK_CHARACTERS = 2800
"""A sink value longer than a section can hold is not shown, and the card then cannot approve."""
ARGUMENT_CHARACTERS = 600
MAX_ARGUMENTS = 16


@dataclass(frozen=True)
class Shown:
    """The arguments' blocks, and the names that have none: sinks that did not fit, and how many others.

    A sink of `hidden_sinks` has a block, in which its value is masked.
    """

    blocks: list[Block]
    missing_sinks: list[str]
    hidden_sinks: list[str]
    left_out: int


def shown_arguments(approval: Approval, room: int) -> Shown:
    """As many arguments as fit into `room` characters, sinks first; a sink is there whole or not at all."""
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in approval.arguments]
    blocks: list[Block] = []
    missing, left_out, count = [], 0, 0
    for name in [*sinks, *(name for name in approval.arguments if name not in sinks)]:
        found = _argument(approval, name, is_sink=name in sinks) if count < MAX_ARGUMENTS else []
        if found and characters([*blocks, *found]) <= room:
            blocks, count = [*blocks, *found], count + 1
        elif name in sinks:
            missing.append(name)
        else:
            left_out += 1
    return Shown(blocks, missing, [name for name in sinks if name in approval.hidden], left_out)


def as_text(value: Any) -> str:
    """A value as a person reads it: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def labelled_text(name: str, value: Any, schema: Mapping[str, Any]) -> tuple[str, str]:
    """A heading and the text below it. A name that the manifest does not have is text: a model made it up."""
    if name in schema.get("properties", {}):
        return one_line(name, 80), as_text(value)
    return OWN_NAME, json.dumps({name: value}, ensure_ascii=False)


def _argument(approval: Approval, name: str, *, is_sink: bool) -> list[Block]:
    """Name, value and origin; nothing for a sink that no section can hold."""
    label, text = labelled_text(name, approval.arguments[name], approval.argument_schema)
    value = whole(text) if is_sink else brief(text, ARGUMENT_CHARACTERS)
    if length(value) > SINK_CHARACTERS:
        return []
    label = f"◆ {label}" if is_sink else label
    source = _source(approval, name, is_sink=is_sink)
    return [labelled(label, value), context(source, *_warned(text, is_sink=is_sink))]


def _source(approval: Approval, name: str, *, is_sink: bool) -> str:
    """Where it came from; with a sink, also at a glance whether that may vouch for it."""
    words = origin.words(approval.origins, name, approval.requester)
    if not is_sink:
        return words
    return f"✓ {words}" if origin.is_vouched(approval.origins, name) else f"⚠ {words}"


def _warned(text: str, *, is_sink: bool) -> list[str]:
    spaces = space_warnings(text) if is_sink else []
    return [f"⚠ {warning}" for warning in [*warnings(text), *spaces]]
