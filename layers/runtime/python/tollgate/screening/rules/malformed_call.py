"""Arguments must be one JSON object within bounds; nothing is coerced, guessed or repaired."""

from typing import Any

from tollgate.errors import InvalidError
from tollgate.screening import strict_json
from tollgate.screening.case import RUN, Case, Opinion, refuse
from tollgate.screening.text import shown

RULE = "malformed_call"


def decide(case: Case) -> Opinion:
    """Refuses text that is not JSON, values that are no object, and objects out of bounds."""
    call = case.call
    if call.malformed is not None:
        return _refusal(case, f"the arguments cannot be read: {_why(call.malformed)}", "Write one JSON object.")
    if not isinstance(call.arguments, dict):
        return _refusal(case, f"the arguments are {_kind(call.arguments)}, not an object", _instead(call.arguments))
    wrong = case.out_of_bounds
    if wrong is not None:
        return _refusal(case, f"the arguments are out of bounds: {wrong}", "Change that and call again.")
    return RUN


def _refusal(case: Case, what: str, instead: str) -> Opinion:
    return refuse(RULE, f"{shown(case.call.name)}: {what}", f"{shown(case.call.name)}: {what}. {instead}")


def _why(text: str) -> str:
    """What a strict reader says of the text, and its beginning."""
    try:
        strict_json.loads(text)
    except InvalidError as error:
        return f"{error} (given: {shown(text)})"
    return f"the model's provider calls them malformed (given: {shown(text)})"


def _kind(value: Any) -> str:
    return "null" if value is None else f"a JSON {type(value).__name__.replace('str', 'string')}"


def _instead(value: Any) -> str:
    if isinstance(value, str):
        try:
            inner = strict_json.loads(value)
        except InvalidError as error:
            if value.lstrip().startswith("{"):
                instead = "Pass an object that names each argument, and all of it."
                return f"What it holds cannot be taken either: {error}. {instead}"
            inner = None
        if isinstance(inner, dict):
            return "Pass the object itself, not a string that holds it: remove the outer quotes and the escapes."
    return 'Pass an object that names each argument, such as {"name": value}.'
