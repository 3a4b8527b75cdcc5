"""What to write instead of a JSON value of the wrong kind: no Python type and no class of ours is named."""

from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "this field is required",
    "string_type": "give a text",
    "int_type": "give a whole number, without quotes",
    "int_from_float": "give a whole number, without quotes",
    "float_type": "give a number, without quotes",
    "bool_type": "give true or false",
    "list_type": "give a list",
    "dict_type": "give an object",
    "model_type": "give an object",
}
"""Pydantic's kind of error -> what to write."""


def words(found: ErrorDetails) -> str:
    """One of pydantic's errors as a request; bounds are told in pydantic's own words."""
    if found["type"] == "literal_error":
        return f"give {found['ctx']['expected']}"
    return _WORDS.get(found["type"]) or found["msg"]
