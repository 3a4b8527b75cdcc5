"""What a field of the edit form holds, by the argument's JSON Schema. Pure.

Schemas say "a number or null" in several ways (`type` lists, `anyOf` with null, references); here they are one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tollgate.approvals.visible import visible
from tollgate.slack.blocks import length

Kind = Literal["text", "number", "integer", "choice", "date", "json", "any"]
MAX_OPTIONS = 99
"""Slack takes 100 rows; one is left for nothing."""
OPTION_CHARACTERS = 75
_MAX_HOPS = 8
_BRANCHES = ("anyOf", "oneOf", "allOf")
_BY_TYPE: dict[str, Kind] = {
    "string": "text", "number": "number", "integer": "integer", "object": "json", "array": "json",
}  # fmt: skip


@dataclass(frozen=True)
class FieldType:
    """`options` are the values of a choice; `nullable` fields say null by being empty; `example` shows the form."""

    kind: Kind
    nullable: bool = False
    options: tuple[Any, ...] = ()
    example: str = ""
    description: str = ""
    low: float | None = None
    high: float | None = None


def field_type(schema: Any, root: Mapping[str, Any]) -> FieldType:
    """The type of one argument. What this cannot tell is `any`: JSON, or else text; the schema checks it afterwards."""
    found, nullable = _resolved(schema, root)
    words = _described(schema) or _described(found)
    if (options := _options(found)) is not None:
        nullable = nullable or None in options
        options = [option for option in options if option is not None]
        if _can_choose(options):
            return FieldType("choice", nullable, tuple(options), description=words)
    types = _types(found)
    nullable = nullable or "null" in types
    left = types - {"null"}
    if left == {"boolean"}:
        return FieldType("choice", nullable, (True, False), description=words)
    if left == {"integer", "number"}:
        left = {"number"}
    kind = _BY_TYPE.get(next(iter(left)), "any") if len(left) == 1 else "any"
    if kind == "text" and found.get("format") == "date":
        kind = "date"
    low, high = _bound(found.get("minimum")), _bound(found.get("maximum"))
    return FieldType(kind, nullable, (), _example(kind, left, found), words, low, high)


def option_text(option: Any) -> str:
    """How a choice's value is written: words as they are, everything else as JSON."""
    return option if isinstance(option, str) else json.dumps(option, ensure_ascii=False)


def _resolved(schema: Any, root: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema behind references and behind "this or null", and whether null was among it."""
    nullable = False
    for _ in range(_MAX_HOPS):
        if not isinstance(schema, dict):
            return {}, nullable
        branches: list[Any] = next(
            (schema[word] for word in ("anyOf", "oneOf", "allOf") if isinstance(schema.get(word), list)), []
        )
        left = [branch for branch in branches if branch != {"type": "null"}]
        if isinstance(schema.get("$ref"), str):
            schema = _at(root, schema["$ref"])
        elif len(left) == 1:
            nullable = nullable or len(left) < len(branches)
            schema = left[0]
        else:
            nullable = nullable or len(left) < len(branches)
            return schema, nullable
    return {}, nullable


def _at(root: Mapping[str, Any], reference: str) -> Any:
    """What a reference inside the schema means; None for any other."""
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference.startswith("#/") else ["\0"]:
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _options(schema: dict[str, Any]) -> list[Any] | None:
    """The only values that the schema allows, or None where it does not list them."""
    if "const" in schema:
        return [schema["const"]]
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    branches = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(branches, list) and all(isinstance(branch, dict) and "const" in branch for branch in branches):
        return [branch["const"] for branch in branches]
    return None


def _can_choose(options: list[Any]) -> bool:
    """Whether a menu can show them all, each whole and different to the eye from the others."""
    texts = [visible(option_text(option)) for option in options]
    scalar = not any(isinstance(option, dict | list) for option in options)
    fits = all(0 < length(text) <= OPTION_CHARACTERS for text in texts) and 0 < len(texts) <= MAX_OPTIONS
    return scalar and fits and len(set(texts)) == len(texts)


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type")
    if isinstance(found, str):
        return {found}
    return {word for word in found if isinstance(word, str)} if isinstance(found, list) else set()


def _described(schema: Any) -> str:
    found = schema.get("description") if isinstance(schema, dict) else None
    return found if isinstance(found, str) else ""


def _example(kind: Kind, types: set[str], schema: dict[str, Any]) -> str:
    if kind == "json":
        return '["first", "second"]' if types == {"array"} else '{"name": "value"}'
    if kind == "text" and schema.get("format") == "date-time":
        return "2027-06-30T12:00:00Z"
    return {"integer": "12", "number": "1250.00", "date": "2027-06-30"}.get(kind, "")


def _bound(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
