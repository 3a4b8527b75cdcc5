"""What in an input is an instruction and what a document. A document may be hostile; a field is one by default."""

import json
from collections.abc import Iterator
from typing import Any

from tollgate.models.agent import Agent

ORIGIN = "x-tollgate-origin"


def instruction_fields(agent: Agent, input: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields that a person typed as instructions, by path (`task`, `details/wish`), as text."""
    return [(name, text) for name, text, is_instruction in _leaves(agent.input_schema, input, ()) if is_instruction]


def document_fields(agent: Agent, input: dict[str, Any]) -> list[tuple[str, str]]:
    """Everything else, by path, as text."""
    return [(name, text) for name, text, is_instruction in _leaves(agent.input_schema, input, ()) if not is_instruction]


def _leaves(schema: Any, value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    schema = schema if isinstance(schema, dict) else {}
    if schema.get(ORIGIN) == "instruction":
        yield "/".join(path), _text(value), True
        return
    properties = schema.get("properties", {})
    if isinstance(value, dict) and (not path or _marks_instruction(schema)):
        for key, inner in value.items():
            yield from _leaves(properties.get(key), inner, (*path, key))
        return
    yield "/".join(path), _text(value), False


def _marks_instruction(schema: dict[str, Any]) -> bool:
    """Whether some field below is an instruction; only then is an object taken apart."""
    return f'"{ORIGIN}": "instruction"' in json.dumps(schema)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
