"""JSON as everybody reads it alike: no duplicate keys, no NaN, no integer past 2^53, no bottomless nesting."""

import json
from typing import Any

from pydantic import ValidationError

from tollgate.errors import InvalidError
from tollgate.screening import bounds
from tollgate.screening.text import quoted
from tollgate.value_words import words


def loads(text: str | bytes, *, max_bytes: int = bounds.MAX_BYTES) -> Any:
    """The value. Raises `InvalidError` that says what is wrong and what to write instead."""
    text = _text(text, max_bytes)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidError(
            f"not JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}"
        ) from error
    except RecursionError as error:
        raise InvalidError(f"nested deeper than {bounds.MAX_DEPTH} levels; pass a flatter value") from error
    except ValueError as error:
        raise InvalidError(f"not JSON: {error}") from error
    wrong = bounds.problem(value, max_bytes=max_bytes)
    if wrong is not None:
        raise InvalidError(wrong)
    return value


class Repeated(dict[str, Any]):
    """An object in which a key was there twice."""


def loads_marking(text: str | bytes, *, max_bytes: int) -> Any:
    """The value, with `Repeated` where a key was there twice and numbers as they are. Raises `InvalidError`."""
    text = _text(text, max_bytes)
    try:
        return json.loads(text, object_pairs_hook=_marked, parse_constant=_no_constant)
    except RecursionError as error:
        raise InvalidError("nested too deep to read; pass a flatter value") from error
    except ValueError as error:
        raise InvalidError(f"not JSON: {error}") from error


def is_repeated(value: Any) -> bool:
    """Whether a key is there twice anywhere in a value from `loads_marking`."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, Repeated):
            return True
        pending.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
    return False


def told(error: InvalidError | ValidationError) -> str:
    """What is wrong with a line, in one line."""
    if isinstance(error, InvalidError):
        return str(error)
    places = ("/" + "/".join(map(str, found["loc"])) + ": " + words(found) for found in error.errors())
    return "; ".join(places)


def _text(given: str | bytes, max_bytes: int) -> str:
    if len(given) > max_bytes:
        raise InvalidError(f"{len(given):,} characters of JSON, more than the {max_bytes:,} bytes allowed; pass less")
    try:
        return given if isinstance(given, str) else given.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"byte {error.start} is no UTF-8; write the line as UTF-8") from error


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    return result if len(result) == len(pairs) else Repeated(result)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InvalidError(
                f"the key {quoted(key)} is there twice; readers disagree which one counts, so write it once"
            )
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise InvalidError(f"{name} is no JSON number; write a finite number or null")
