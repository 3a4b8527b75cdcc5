"""The fields of the edit form: one per argument, with its current value, and the way back from what was typed. Pure.

A field shows what it can hold and gives back exactly what was there when nobody touched it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tollgate.approvals.visible import one_line, visible, warnings
from tollgate.errors import InvalidError
from tollgate.models.approval import Approval
from tollgate.screening import strict_json
from tollgate.slack.blocks import Block, field, plain
from tollgate.slack.field_type import FieldType, field_type, option_text

INPUT_CHARACTERS = 3000
"""What a text input of Slack holds."""
MAX_FIELDS = 40
NAME_CHARACTERS = 255
_ABSENT = object()
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


class FieldError(ValueError):
    """What was typed is not a value of the field's type; the message is shown at the field."""


def field_names(approval: Approval) -> list[str]:
    """The arguments that get a field: sinks, the schema's others, then what else is there; none cut or masked."""
    known = _properties(approval)
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in known or name in approval.arguments]
    names = [name for name in dict.fromkeys([*sinks, *known, *approval.arguments]) if name not in approval.hidden]
    fits = [name for name in names if len(_at_first(approval, name)) <= INPUT_CHARACTERS]
    return [name for name in fits if 0 < len(name) <= NAME_CHARACTERS][:MAX_FIELDS]


def field_of(approval: Approval, name: str) -> Block:
    """The input of one argument with what the agent proposed in it."""
    kind, first = _type(approval, name), _at_first(approval, name)
    is_sink = "◆ " if name in approval.sinks else ""
    required = _is_required(approval, name)
    is_empty = approval.arguments.get(name) in ("", None)  # Slack would not send a form with an empty required field
    return field(
        name,
        f"{is_sink}{one_line(name, 200)}",
        _element(kind, first),
        optional=not required or kind.nullable or (is_empty and name in approval.arguments),
        hint=_hint(kind, approval.arguments.get(name), required=required),
    )


def edited_arguments(approval: Approval, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments after the edit, and an error per field that holds something else than its type."""
    arguments, errors = dict(approval.arguments), {}
    for name in field_names(approval):
        typed = typed_value(values.get(name))
        if name not in values or typed == _at_first(approval, name):
            continue
        try:
            arguments[name] = _value(_type(approval, name), typed, required=_is_required(approval, name))
        except FieldError as error:
            errors[name] = str(error)
    return {name: value for name, value in arguments.items() if value is not _ABSENT}, errors


def typed_value(state: Any) -> str:
    """What a person typed or chose in one input of `view.state.values`; empty for nothing."""
    element = next(iter(state.values()), None) if isinstance(state, Mapping) else None
    if not isinstance(element, Mapping):
        return ""
    option = element.get("selected_option")
    given = option.get("value") if isinstance(option, Mapping) else element.get("value", element.get("selected_date"))
    return given if isinstance(given, str) else ""


def _element(kind: FieldType, first: str) -> Block:
    if kind.kind == "choice":
        return _menu(kind, first)
    if kind.kind == "date" and (not first or _DATE.fullmatch(first)):
        return {"type": "datepicker"} | ({"initial_date": first} if first else {})
    if kind.kind in ("number", "integer") and (not first or _DECIMAL.fullmatch(first)):
        return _number(kind, first)
    multiline = kind.kind == "json" or "\n" in first or len(first) > 80
    text: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": INPUT_CHARACTERS}
    return text | ({"initial_value": first} if first else {})


def _menu(kind: FieldType, first: str) -> Block:
    options = [{"text": plain(visible(text), 75), "value": text} for text in map(option_text, kind.options)]
    chosen = [option for option in options if option["value"] == first]
    return {"type": "static_select", "options": options} | ({"initial_option": chosen[0]} if chosen else {})


def _number(kind: FieldType, first: str) -> Block:
    """A number input with the schema's own bounds."""
    number: Block = {"type": "number_input", "is_decimal_allowed": kind.kind == "number" or "." in first}
    for word, bound in (("min_value", kind.low), ("max_value", kind.high)):
        if bound is not None and _DECIMAL.fullmatch(str(bound)):
            number[word] = str(bound)
    return number | ({"initial_value": first} if first else {})


def _hint(kind: FieldType, current: Any, *, required: bool) -> str | None:
    """The manifest's description, what an empty field means, and what should make the reader careful."""
    notes = [one_line(kind.description, 1000)] if kind.description else []
    notes += [f"JSON, like {kind.example}"] if kind.kind == "json" else []
    notes += [f"like {kind.example}"] if kind.kind == "text" and kind.example else []
    notes += ["Empty means null."] if kind.nullable and required else []
    notes += [f"⚠ {warning}" for warning in warnings(current)] if isinstance(current, str) else []
    return " · ".join(notes) or None


def _value(kind: FieldType, typed: str, *, required: bool) -> Any:
    """What the typed text means by the field's type; the whole is checked against the schema afterwards."""
    if not typed or (kind.kind not in ("text", "any") and not typed.strip()):
        if required and not kind.nullable:
            raise FieldError("required: the tool does not run without it")
        return None if required else _ABSENT
    if kind.kind in ("text", "date"):
        return typed
    if kind.kind == "choice":
        return next((option for option in kind.options if option_text(option) == typed), typed)
    try:
        value = strict_json.loads(typed)
    except InvalidError as error:
        if kind.kind == "any":
            return typed
        raise FieldError(_expected(kind, str(error))) from None
    if kind.kind in ("number", "integer") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise FieldError(_expected(kind, ""))
    return value


def _expected(kind: FieldType, why: str) -> str:
    if kind.kind == "integer":
        return f"write a whole number, like {kind.example}"
    if kind.kind == "number":
        return f"write a number with a point, like {kind.example}"
    return f"write JSON, like {kind.example} ({why})"


def _at_first(approval: Approval, name: str) -> str:
    """What the field says before anybody touches it; a choice shows nothing where the value is none of its words."""
    value, kind = approval.arguments.get(name, _ABSENT), _type(approval, name)
    if value is _ABSENT or (value is None and kind.nullable):
        return ""
    if kind.kind == "choice":
        written = json.dumps(value)
        return next((option_text(option) for option in kind.options if json.dumps(option) == written), "")
    if isinstance(value, str) and not (kind.kind == "any" and _reads_as_json(value)):
        return visible(value)
    return visible(json.dumps(value, ensure_ascii=False))


def _reads_as_json(text: str) -> bool:
    """Whether a text, given back by a field of any type, would become something else than this text."""
    try:
        strict_json.loads(text)
    except InvalidError:
        return False
    return True


def _is_required(approval: Approval, name: str) -> bool:
    return name in approval.argument_schema.get("required", [])


def _type(approval: Approval, name: str) -> FieldType:
    return field_type(_properties(approval).get(name), approval.argument_schema)


def _properties(approval: Approval) -> dict[str, Any]:
    found = approval.argument_schema.get("properties", {})
    return found if isinstance(found, dict) else {}
