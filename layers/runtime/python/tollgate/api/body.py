"""A request's body as a checked value: bounded before it is parsed, strict JSON, no unknown field."""

import base64
import binascii
import json
import math
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tollgate.definitions.nearest import nearest
from tollgate.definitions.pointer import join
from tollgate.errors import InvalidError, UnreadableError
from tollgate.value_words import words

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_INTEGER = 2**53

Form = TypeVar("Form", bound=BaseModel)


class TooLargeError(Exception):
    """The body is over `MAX_BYTES` (413)."""


def raw(event: dict[str, Any]) -> bytes:
    """The body's bytes. Raises `TooLargeError`, before anything is decoded as text."""
    text = event.get("body") or ""
    if len(text) > MAX_BYTES * 4 / 3 + 4:
        raise TooLargeError
    try:
        body = (
            base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode("utf-8", "replace")
        )
    except binascii.Error as error:
        raise UnreadableError("the body is marked as base64 and is not") from error
    if len(body) > MAX_BYTES:
        raise TooLargeError
    return body


def parse(event: dict[str, Any], form: type[Form]) -> Form:
    """The body as `form`. Raises `TooLargeError`, `UnreadableError`, or `InvalidError` with every violation."""
    value = strict_json(raw(event))
    if not isinstance(value, dict):
        raise InvalidError("the body must be a JSON object", [{"pointer": "", "message": "not an object"}])
    try:
        return form.model_validate(value)
    except ValidationError as error:
        fields = [field.alias or name for name, field in form.model_fields.items()]
        violations = {where: _message(found, fields) for found in error.errors() for where in [_place(found, value)]}
        told = [{"pointer": where, "message": message} for where, message in violations.items()]
        raise InvalidError("the body does not have the form of this request", told) from error


def strict_json(body: bytes) -> Any:
    """JSON without duplicate keys, NaN, deep nesting, or integers that other parsers would round."""
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_int=_exact,
            parse_float=_finite,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableError("the body has half of a surrogate pair in a string, which is no character") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"the body is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"the body is not JSON: {error.msg} at {where}") from error
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"the body has the key {twice!r} twice in one object")
    return result


def _no_constant(word: str) -> Any:
    raise UnreadableError(f"the body has {word}, which is not JSON")


def _exact(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise UnreadableError(f"the body has the integer {digits[:40]}, past 2^53: write it as a string")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise UnreadableError(f"the body has the number {digits[:40]}, which is too large: write it as a string")
    return number


def _check_depth(text: str) -> None:
    """Refuses before parsing: a parser that recurses is what the depth would break."""
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableError(f"the body is nested deeper than {MAX_DEPTH} levels")
        elif character in "]}":
            depth -= 1


def _place(found: ErrorDetails, body: Any) -> str:
    """The pointer of the value; pydantic also names the branch of a union, which no body has.

    Of the branches' errors the last stands, the widest one's.
    """
    parts: list[str | int] = []
    for part in found["loc"]:
        missing = found["type"] == "missing" and len(parts) == len(found["loc"]) - 1
        here = (isinstance(body, dict) and part in body) or (isinstance(body, list) and part in range(len(body)))
        if not here and not missing:
            break
        parts.append(part)
        body = body[part] if here else None
    return join(parts)


def _message(found: ErrorDetails, fields: list[str]) -> str:
    """What to write, in words of JSON."""
    if found["type"] == "extra_forbidden":
        return _unknown(str(found["loc"][-1]), fields if len(found["loc"]) == 1 else [])
    return words(found)


def _unknown(name: str, fields: list[str]) -> str:
    meant = nearest(name, fields)
    if meant:
        return f"unknown field {name!r}; did you mean `{meant}`?"
    return f"unknown field {name!r}" + (f"; the fields are: {', '.join(sorted(fields))}" if fields else "")
