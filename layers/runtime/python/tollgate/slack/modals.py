"""The two modals: a reason for a rejection, and a form with a field per argument for an edit. Pure.

A field shows what it can hold and gives back exactly what was there when nobody touched it.
"""

import json
from collections.abc import Mapping
from typing import Any

from tollgate.approvals.decide import REASON_CHARACTERS
from tollgate.approvals.visible import one_line, visible, warnings
from tollgate.models.approval import Approval
from tollgate.slack.blocks import Block, context, field, modal, plain, section

INPUT_CHARACTERS = 3000
"""What a text input of Slack holds."""
MAX_FIELDS = 40
MAX_OPTIONS = 100
REASON = "reason"
_ABSENT = object()


class FieldError(ValueError):
    """What was typed is not a value of the field's type; the message is shown at the field."""


def reject_view(approval: Approval) -> Block:
    """Asks why; the model reads the answer."""
    element = {"type": "plain_text_input", "multiline": True, "max_length": REASON_CHARACTERS}
    blocks = [
        section(one_line(approval.summary, 2900)),
        field(REASON, "Why not?", element, optional=True, hint="The agent reads this and can do better."),
    ]
    return modal(
        title="Reject", submit="Reject", callback_id="reject", private_metadata=metadata(approval), blocks=blocks
    )


def edit_view(approval: Approval) -> Block:
    """A field per argument of the tool's schema, filled with what the agent proposed. The tool cannot be changed."""
    names = field_names(approval)
    blocks = [section(f"{approval.tool}: {one_line(approval.summary, 2800)}")]
    blocks += [_field(approval, name) for name in names[:MAX_FIELDS]]
    kept = [name for name in approval.arguments if name not in names[:MAX_FIELDS]]
    if kept:
        shown = ", ".join(one_line(name, 80) for name in kept[:20])
        blocks.append(context(f"Too long for this form, kept as they are: {shown}. The API can edit them."))
    return modal(
        title="Edit", submit="Save and decide", callback_id="edit", private_metadata=metadata(approval), blocks=blocks
    )


def metadata(approval: Approval) -> str:
    """What the modal is about, for the way back; at most 3,000 characters, and no token."""
    return json.dumps({"approval_id": approval.approval_id, "fingerprint": approval.fingerprint})


def field_names(approval: Approval) -> list[str]:
    """The arguments that get a field: sinks, the schema's others, then what else is there; none that would be cut."""
    known = _properties(approval)
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in known or name in approval.arguments]
    names = dict.fromkeys([*sinks, *known, *approval.arguments])
    fits = [name for name in names if len(_typed(approval.arguments.get(name, _ABSENT))) <= INPUT_CHARACTERS]
    return [name for name in fits if len(name) <= 255]


def edited_arguments(approval: Approval, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments after the edit, and an error per field that holds something else than its type."""
    arguments, errors = dict(approval.arguments), {}
    for name in field_names(approval)[:MAX_FIELDS]:
        typed = typed_value(values.get(name))
        if name not in values or typed == _at_first(approval, name):
            continue
        try:
            value = _value(_properties(approval).get(name), typed)
        except FieldError as error:
            errors[name] = str(error)
            continue
        if value is _ABSENT:
            arguments.pop(name, None)
        else:
            arguments[name] = value
    return arguments, errors


def typed_value(state: Any) -> str:
    """What a person typed or chose in one input of `view.state.values`; empty for nothing."""
    element = state.get("value") if isinstance(state, Mapping) else None
    if not isinstance(element, Mapping):
        return ""
    option = element.get("selected_option")
    found = option.get("value") if isinstance(option, Mapping) else element.get("value")
    return found if isinstance(found, str) else ""


def _field(approval: Approval, name: str) -> Block:
    schema = _properties(approval).get(name)
    current = approval.arguments.get(name, _ABSENT)
    is_sink = "◆ " if name in approval.sinks else ""
    return field(
        name,
        f"{is_sink}{one_line(name, 200)}",
        _choice(_options(schema), current) or _input(schema, current),
        optional=name not in approval.argument_schema.get("required", []),
        hint=_hint(schema, current),
    )


def _hint(schema: Any, current: Any) -> str | None:
    """The manifest's description, and what should make the reader careful."""
    description = schema.get("description") if isinstance(schema, dict) else None
    notes = [one_line(description, 1000)] if isinstance(description, str) else []
    notes += [f"⚠ {warning}" for warning in warnings(current)] if isinstance(current, str) else []
    return " · ".join(notes) or None


def _choice(options: list[str], current: Any) -> Block | None:
    if not options:
        return None
    choices = [{"text": plain(option, 75), "value": option} for option in options]
    chosen = [choice for choice in choices if choice["value"] == _typed(current)]
    element: Block = {"type": "static_select", "options": choices}
    return element | ({"initial_option": chosen[0]} if chosen else {})


def _input(schema: Any, current: Any) -> Block:
    text = _typed(current)
    structured = current is not _ABSENT and isinstance(current, dict | list)
    multiline = structured or "\n" in text or len(text) > 80 or _type(schema) in ("object", "array")
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": INPUT_CHARACTERS}
    return element | ({"initial_value": text} if text else {})


def _options(schema: Any) -> list[str]:
    """The words of a small enum, or of a boolean; none where a text input serves better."""
    if not isinstance(schema, dict):
        return []
    if schema.get("type") == "boolean":
        return ["true", "false"]
    words = schema.get("enum", [])
    usable = all(isinstance(word, str) and 0 < len(word) <= 75 for word in words)
    return list(words) if usable and len(words) <= MAX_OPTIONS else []


def _value(schema: Any, typed: str) -> Any:
    """What the typed text means by the field's declared type; the whole is checked against the schema afterwards."""
    kind = _type(schema)
    if kind == "string":
        return typed if typed else _ABSENT
    if not typed.strip():
        return _ABSENT
    try:
        value = json.loads(typed, parse_constant=_refuse)
    except FieldError:
        raise
    except (ValueError, RecursionError):
        if kind is None:
            return typed
        raise FieldError(_EXPECTED.get(kind, "not a value of the right type")) from None
    return value


def _refuse(word: str) -> Any:
    raise FieldError(f"{word} is not a value")


_EXPECTED = {
    "integer": "write a whole number, like 12",
    "number": "write a number with a point, like 1250.00",
    "boolean": "write true or false",
    "object": 'write JSON, like {"name": "value"}',
    "array": 'write JSON, like ["first", "second"]',
    "null": "write null",
}


def _at_first(approval: Approval, name: str) -> str:
    """What the field says before anybody touches it; a choice shows nothing where the value is none of its words."""
    text, options = _typed(approval.arguments.get(name, _ABSENT)), _options(_properties(approval).get(name))
    return text if not options or text in options else ""


def _typed(value: Any) -> str:
    """How a value stands in its field: what cannot be seen is written out, so that the field cannot deceive."""
    if value is _ABSENT:
        return ""
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _properties(approval: Approval) -> dict[str, Any]:
    found = approval.argument_schema.get("properties", {})
    return found if isinstance(found, dict) else {}


def _type(schema: Any) -> str | None:
    """The declared type; None for several or none, where text that is no JSON stays text."""
    found = schema.get("type") if isinstance(schema, dict) else None
    return found if isinstance(found, str) else None
