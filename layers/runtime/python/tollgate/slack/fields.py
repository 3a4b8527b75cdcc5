"""The fields of the edit form: one per argument, with its current value, and the way back from what was typed. Pure.

A field shows what it can hold and gives back exactly what was there when nobody touched it.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from tollgate.approvals.visible import one_line, restored, visible, warnings
from tollgate.errors import InvalidError
from tollgate.models.approval import Approval
from tollgate.screening import strict_json
from tollgate.screening.text import OWN_NAME
from tollgate.slack.blocks import Block, field, length, plain
from tollgate.slack.field_type import FieldType, field_type, option_text
from tollgate.slack.field_value import ABSENT, FieldError, nothing, value_of
from tollgate.slack.origin import UNKNOWN

INPUT_CHARACTERS = 3000
"""What a text input of Slack holds."""
MAX_FIELDS = 96
"""A modal has a hundred blocks, and up to four are no field."""
VIEW_CHARACTERS = 200_000
"""Of the fields as JSON: Slack refuses a view of more than 250 KB as `view_too_large`."""
NAME_CHARACTERS = 255
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


def field_names(approval: Approval) -> list[str]:
    """The arguments that get a field."""
    return list(fields(approval))


def fields(approval: Approval) -> dict[str, Block]:
    """The inputs of a form: as the card has the arguments, then the schema's others; none cut or masked."""
    known = _properties(approval)
    sinks = [name for name in dict.fromkeys(approval.sinks) if name in known or name in approval.arguments]
    given = [name for name in approval.arguments if name in known]
    ordered = dict.fromkeys([*sinks, *given, *known, *approval.arguments])
    names = [name for name in ordered if name not in approval.hidden]
    fits = [name for name in names if length(_at_first(approval, name)) <= INPUT_CHARACTERS]
    return _within_a_view(approval, [name for name in fits if 0 < len(name) <= NAME_CHARACTERS])


def field_of(approval: Approval, name: str) -> Block:
    """The input of one argument with what the agent proposed in it."""
    kind, first = _type(approval, name), _at_first(approval, name)
    is_known = name in _properties(approval)
    is_sink = "◆ " if name in approval.sinks else ""
    required = _is_required(approval, name)
    is_empty = approval.arguments.get(name) in ("", None)  # Slack would not send a form with an empty required field
    optional = not required or kind.nullable or (is_empty and name in approval.arguments)
    return field(
        name,
        f"{is_sink}{one_line(name, 200) if is_known else OWN_NAME}",
        _element(kind, first, can_be_empty=not required or kind.nullable),
        optional=optional,
        hint=_hint(kind, approval.arguments.get(name), required=required, own_name="" if is_known else name),
    )


def edited_arguments(approval: Approval, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments after the edit, and an error per field that holds something else than its type."""
    arguments, errors = dict(approval.arguments), {}
    for name in field_names(approval):
        kind, typed = _type(approval, name), typed_value(values.get(name))
        typed = "" if kind.kind == "choice" and typed == nothing(kind) else typed
        if name not in values or typed == _at_first(approval, name):
            continue
        try:
            meant = restored(typed, _unwritten(approval, name))
            arguments[name] = value_of(kind, meant, required=_is_required(approval, name))
        except FieldError as error:
            errors[name] = str(error)
    return {name: value for name, value in arguments.items() if value is not ABSENT}, errors


def typed_value(state: Any) -> str:
    """What a person typed or chose in one input of `view.state.values`; empty for nothing."""
    element = next(iter(state.values()), None) if isinstance(state, Mapping) else None
    if not isinstance(element, Mapping):
        return ""
    option = element.get("selected_option")
    given = option.get("value") if isinstance(option, Mapping) else element.get("value", element.get("selected_date"))
    return given if isinstance(given, str) else ""


def _within_a_view(approval: Approval, names: list[str]) -> dict[str, Block]:
    """The inputs of as many, from the first on, as a modal of Slack's holds."""
    kept: dict[str, Block] = {}
    room = VIEW_CHARACTERS
    for name in names[:MAX_FIELDS]:
        block = field_of(approval, name)
        room -= len(json.dumps(block))
        if room < 0:
            break
        kept[name] = block
    return kept


def _element(kind: FieldType, first: str, *, can_be_empty: bool) -> Block:
    if kind.kind == "choice":
        return _menu(kind, first, can_be_empty=can_be_empty)
    if kind.kind == "date" and (not first or _is_day(first)):
        return {"type": "datepicker"} | ({"initial_date": first} if first else {})
    if kind.kind in ("number", "integer") and (not first or _DECIMAL.fullmatch(first)):
        return _number(kind, first)
    multiline = kind.kind == "json" or "\n" in first or len(first) > 80
    text: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": INPUT_CHARACTERS}
    return text | ({"initial_value": first} if first else {})


def _is_day(text: str) -> bool:
    """Whether Slack takes it: for one day that no calendar has it refuses the whole form."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _menu(kind: FieldType, first: str, *, can_be_empty: bool) -> Block:
    """A row per value, and one for none: a menu of Slack's cannot be emptied once something was chosen."""
    options = [{"text": plain(visible(text), 75), "value": text} for text in map(option_text, kind.options)]
    chosen = [option for option in options if option["value"] == first]
    if can_be_empty:
        options.append({"text": plain(nothing(kind), 75), "value": nothing(kind)})
    return {"type": "static_select", "options": options} | ({"initial_option": chosen[0]} if chosen else {})


def _number(kind: FieldType, first: str) -> Block:
    """A number input with the schema's own bounds."""
    number: Block = {"type": "number_input", "is_decimal_allowed": kind.kind == "number" or "." in first}
    for word, bound in (("min_value", kind.low), ("max_value", kind.high)):
        if bound is not None and _DECIMAL.fullmatch(str(bound)):
            number[word] = str(bound)
    return number | ({"initial_value": first} if first else {})


def _hint(kind: FieldType, current: Any, *, required: bool, own_name: str) -> str | None:
    """The manifest's description, what an empty field means, and what should make the reader careful."""
    notes = [f'{UNKNOWN}: "{one_line(own_name, 200)}"'] if own_name else []
    notes += [one_line(kind.description, 1000)] if kind.description else []
    notes += [f"JSON, like {kind.example}"] if kind.kind == "json" else []
    notes += ['Read as JSON where it is JSON: 12 is a number, "12" a text.'] if kind.kind == "any" else []
    notes += [f"like {kind.example}"] if kind.kind == "text" and kind.example else []
    notes += ["Empty means null."] if kind.nullable and required else []
    notes += [f"⚠ {warning}" for warning in warnings(current)] if isinstance(current, str) else []
    return " · ".join(notes) or None


def _at_first(approval: Approval, name: str) -> str:
    """What the field says before anybody touches it; a choice shows nothing where the value is none of its words."""
    first = _unwritten(approval, name)
    return first if _type(approval, name).kind == "choice" else visible(first)


def _unwritten(approval: Approval, name: str) -> str:
    """The value as text, before what cannot be seen is written out."""
    value, kind = approval.arguments.get(name, ABSENT), _type(approval, name)
    if value is ABSENT or (value is None and kind.nullable):
        return ""
    if kind.kind == "choice":
        written = json.dumps(value)
        return next((option_text(option) for option in kind.options if json.dumps(option) == written), "")
    if isinstance(value, str) and not (kind.kind == "any" and _reads_as_json(value)):
        return value
    return json.dumps(value, ensure_ascii=False)


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
