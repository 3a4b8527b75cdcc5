"""Personal fields are pointers into the input and into tool outputs; one that can never match protects nothing.

What a tool returns has no schema, so a pointer that the input does not have may still be right: then only a name that
is close to one of the input's is worth a word.
"""

from collections.abc import Iterator
from typing import Any

from tollgate.definitions import pointer as pointers
from tollgate.definitions.load import AgentFile, Definitions
from tollgate.definitions.nearest import nearest
from tollgate.definitions.problem import Problem

_OPEN = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties", "dependentSchemas")
"""Words of a schema that may describe more members than `properties` names."""


def problems(agent: AgentFile, found: Definitions) -> Iterator[Problem]:
    """Everything that is no JSON Pointer below the root, and what will not be found where it points."""
    for index, pointer in enumerate(agent.definition.personal_fields):
        at = f"/personal_fields/{index}"
        try:
            parts = pointers.split(pointer)
        except ValueError:
            advice = f"`/{pointer.replace('.', '/')}`"
            yield agent.source.problem(at, f"`{pointer}` is not a JSON Pointer", advice)
            continue
        if not parts:
            yield agent.source.problem(at, "an empty pointer would redact everything", "`/buyer/contact`")
            continue
        yield from _never(agent, found, at, parts)


def _never(agent: AgentFile, found: Definitions, at: str, parts: list[str]) -> Iterator[Problem]:
    schema, tools, first = agent.definition.input_schema, agent.definition.tools, parts[0]
    pointer = pointers.join(parts)
    missing = _missing(schema, parts)
    if first in tools:
        if _missing(schema, parts[:1]) is None and first in schema.get("properties", {}):
            message = f"`{first}` is a tool and a field of the input; `{pointer}` holds for the tool's output only"
            yield agent.source.problem(at, message, "another name for the field", "warning")
    elif first in found.tools and missing is not None:
        message = f"`{pointer}` points into the output of `{first}`, which is none of the agent's tools"
        yield agent.source.problem(at, message, f"`{first}` in `tools`, or no such pointer", "warning")
    elif missing is not None and not tools:
        message = f"`{pointer}` never matches: the input has no such field, and there is no tool"
        yield agent.source.problem(at, message, _meant(parts, missing) or "a field of `input_schema`")
    elif missing is not None and (meant := _meant(parts, missing)):
        message = f"the input has no `{pointer}`; only a tool's output could"
        yield agent.source.problem(at, message, f"{meant}, if the input was meant", "warning")


def _missing(schema: Any, parts: list[str]) -> tuple[int, list[str]] | None:
    """Which part the input certainly does not have, and the names that are there instead; None if it may have all."""
    for index, part in enumerate(parts):
        if not isinstance(schema, dict) or not schema or any(word in schema for word in _OPEN):
            return None
        if "properties" not in schema and "items" not in schema:
            scalar = schema.get("type") in ("string", "number", "integer", "boolean", "null")
            return (index, []) if scalar else None
        properties = schema.get("properties", {})
        if schema.get("type") == "array" or "items" in schema:
            schema = schema.get("items", {})
        elif part == "*":
            return None
        elif part in properties:
            schema = properties[part]
        else:
            return None if schema.get("additionalProperties") not in (None, False) else (index, list(properties))
    return None


def _meant(parts: list[str], missing: tuple[int, list[str]]) -> str | None:
    index, names = missing
    best = nearest(parts[index], names)
    return f"`{pointers.join([*parts[:index], best, *parts[index + 1 :]])}`" if best else None
