"""Pydantic's errors as problems: each at its line, in words, with the field or value to write instead."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tollgate.definitions import pointer as pointers
from tollgate.definitions.examples import NAME, line_for
from tollgate.definitions.nearest import nearest, suggestion
from tollgate.definitions.problem import Problem
from tollgate.definitions.source import Source
from tollgate.models.tool import NAME_PATTERN

_TYPES = {
    "string_type": ("a text", "the value in quotes"),
    "int_type": ("a whole number", "a whole number, without quotes or fraction"),
    "int_from_float": ("a whole number", "a whole number, without quotes or fraction"),
    "float_type": ("a number", "a number without quotes"),
    "bool_type": ("true or false", "`true` or `false`"),
    "list_type": ("a list", "`[...]`"),
    "dict_type": ("a mapping", "`{name: value}`"),
    "model_type": ("a mapping", "`{name: value}`"),
    "date_type": ("a date", '`"2027-06-30"`'),
    "date_parsing": ("a date", '`"2027-06-30"`'),
    "date_from_datetime_parsing": ("a date", '`"2027-06-30"`'),
    "date_from_datetime_inexact": ("a date without a time", '`"2027-06-30"`'),
}


def problems(source: Source, model: type[BaseModel], error: ValidationError, base: str = "") -> list[Problem]:
    """One problem per wrong place; `base` is the pointer of the validated value in the file."""
    schema = model.model_json_schema()
    found = [_Finding(source, schema, base, detail) for detail in error.errors(include_url=False)]
    return list(_explained(source, found))


class _Finding:
    """One of pydantic's errors with the part of the file it is about."""

    def __init__(self, source: Source, schema: dict[str, Any], base: str, detail: ErrorDetails) -> None:
        self.detail = detail
        self.kind = detail["type"]
        location = list(detail["loc"])
        self.name = str(location[-1]) if location else "the file"
        self.missing = self.kind == "missing"
        parts, self.value, self.in_union = _walk(_at(source.value, base), location[:-1] if self.missing else location)
        if self.in_union:
            self.missing = False
        if self.missing:
            parts.append(self.name)
        elif parts:
            self.name = str(parts[-1])
        self.pointer = base + pointers.join(parts)
        self.siblings = _fields(schema, parts[:-1])


def _explained(source: Source, findings: list[_Finding]) -> Iterator[Problem]:
    corrected = {_correction(finding) for finding in findings}
    seen: set[str] = set()
    for finding in findings:
        misspelt = finding.missing and (pointers.parent(finding.pointer), finding.name) in corrected
        if misspelt or finding.pointer in seen:
            continue
        seen.add(finding.pointer)
        message, advice = _words(finding)
        yield source.problem(finding.pointer, message, advice)


def _correction(finding: _Finding) -> tuple[str, str | None]:
    """The place and the field that an unknown key probably stands for."""
    meant = nearest(finding.name, finding.siblings) if finding.kind == "extra_forbidden" else None
    return pointers.parent(finding.pointer), meant


def _words(finding: _Finding) -> tuple[str, str]:
    shown = _shown(finding.value)
    where = f"`{finding.name}`"
    context = finding.detail.get("ctx", {})
    if finding.in_union:
        return f"{where} is {shown}, which is not one of its forms", line_for(_group(finding.pointer))
    if finding.missing:
        return f"the required field {where} is missing{_inside(finding.pointer)}", line_for(finding.name)
    if finding.kind == "extra_forbidden":
        return f"there is no field {where}{_inside(finding.pointer)}", suggestion(finding.name, finding.siblings)
    if finding.kind == "literal_error":
        return f"{where} is {shown}", f"{context.get('expected', 'another value')}"
    if finding.kind == "list_type" and isinstance(finding.value, str) and 0 < len(finding.value) < 100:
        return f"{where} is {shown}, not a list", f"`[{finding.value}]`"
    if finding.kind in _TYPES:
        expected, advice = _TYPES[finding.kind]
        return f"{where} is {shown}, not {expected}", advice
    return _bounds(finding, where, shown, context)


def _bounds(finding: _Finding, where: str, shown: str, context: dict[str, Any]) -> tuple[str, str]:
    """Length, range and pattern; what is left is said in pydantic's own words."""
    if context.get("pattern") == NAME_PATTERN:
        return f"{where} is {shown}, which is not a name", NAME
    if "pattern" in context:
        return f"{where} is {shown}, which has not its form", line_for(finding.name)
    if finding.kind in ("string_too_short", "too_short"):
        return f"{where} is empty", line_for(finding.name)
    for key, words in (("gt", "more than"), ("ge", "at least"), ("lt", "less than"), ("le", "at most")):
        if key in context:
            return f"{where} is {shown}", f"a number {words} {context[key]:,}"
    if "max_length" in context:
        return f"{where} is too long", f"at most {context['max_length']:,}"
    return f"{where} is {shown}: {finding.detail['msg']}", line_for(finding.name)


def _inside(pointer: str) -> str:
    """`" in limits"` for a field below the top, nothing at the top."""
    parent = pointers.parent(pointer)
    return f" in `{parent[1:].replace('/', '.')}`" if parent else ""


def _group(pointer: str) -> str:
    parts = pointers.split(pointer)
    return parts[-2] if len(parts) > 1 else parts[-1]


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _at(value: Any, pointer: str) -> Any:
    return _walk(value, list(pointers.split(pointer)))[1]


def _walk(value: Any, location: list[Any]) -> tuple[list[Any], Any, bool]:
    """The parts that the file has, the value there, and whether the location went on (a union's branch name)."""
    parts: list[Any] = []
    for part in location:
        keyed = isinstance(value, dict) and part in value
        indexed = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not keyed and not indexed:
            return parts, value, True
        value = value[part]
        parts.append(part)
    return parts, value, False


def _fields(schema: dict[str, Any], parts: list[Any]) -> list[str]:
    """The names of the fields that the model has at a place."""
    here: Any = schema
    for part in parts:
        here = _resolved(schema, here)
        if part in here.get("properties", {}):
            here = here["properties"][part]
        elif isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("additionalProperties", {})
        if not isinstance(here, dict):
            return []
    return list(_resolved(schema, here).get("properties", {}))


def _resolved(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    """Through `$ref` and through the `anyOf` that an optional field has."""
    for option in here.get("anyOf", []):
        if "$ref" in option:
            here = option
    name = str(here.get("$ref", "")).rpartition("/")[2]
    return dict(schema["$defs"][name]) if name else here
