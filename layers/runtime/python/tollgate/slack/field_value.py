"""What somebody typed or chose in a field of the edit form, as a value of the field's type. Pure."""

from decimal import Decimal
from typing import Any

from tollgate.errors import InvalidError
from tollgate.screening import strict_json
from tollgate.slack.field_type import FieldType, option_text

ABSENT = object()
"""The value of an optional argument whose field is empty."""
_NOTHING = "(nothing)"


class FieldError(ValueError):
    """What was typed is not a value of the field's type; the message is shown at the field."""


def value_of(kind: FieldType, typed: str, *, required: bool) -> Any:
    """What the typed text means by the field's type; the whole is checked against the schema afterwards.

    Raises `FieldError`.
    """
    if not typed or (kind.kind not in ("text", "any") and not typed.strip()):
        if required and not kind.nullable:
            raise FieldError("required: the tool does not run without it")
        return None if required else ABSENT
    if kind.kind in ("text", "date"):
        return typed
    if kind.kind == "choice":
        return next((option for option in kind.options if option_text(option) == typed), typed)
    return _read(kind, typed)


def nothing(kind: FieldType) -> str:
    """What a menu's row for nothing says: none of its own words."""
    taken = {option_text(option) for option in kind.options}
    return next(word for word in (_NOTHING + " " * number for number in range(len(taken) + 1)) if word not in taken)


def _read(kind: FieldType, typed: str) -> Any:
    try:
        value = strict_json.loads(typed)
    except InvalidError as error:
        if kind.kind == "any":
            return typed
        raise FieldError(_expected(kind, str(error))) from None
    if kind.kind in ("number", "integer") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise FieldError(_expected(kind, ""))
    if isinstance(value, float) and Decimal(typed.strip()) != Decimal(repr(value)):
        raise FieldError(f"more digits than a number can hold: the tool would be given {value!r}")
    return value


def _expected(kind: FieldType, why: str) -> str:
    if kind.kind == "json":
        return f"write JSON, like {kind.example} ({why})"
    form = "a whole number" if kind.kind == "integer" else "a number with a point"
    because = f" ({why})" if why and not why.startswith("not JSON") else ""
    return f"write {form}, like {kind.example}{because}"
