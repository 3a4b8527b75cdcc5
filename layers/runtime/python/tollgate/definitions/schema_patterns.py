"""Patterns that every reader of the schema can compile, none of them exponential."""

from collections.abc import Iterator

import jsonschema_rs

from tollgate.definitions import pointer as pointers
from tollgate.definitions import regex
from tollgate.definitions import schema_tree as tree
from tollgate.definitions.schema_finding import Finding, cut
from tollgate.definitions.schema_tree import Schema


def findings(schema: Schema) -> Iterator[Finding]:
    """One finding per pattern: unreadable, exponential, too complex, or dependent on backtracking."""
    for pointer, part in tree.subschemas(schema):
        if not isinstance(part, dict):
            continue
        if "pattern" in part:
            yield from _pattern(f"{pointer}/pattern", part["pattern"])
        for pattern in part.get("patternProperties", {}):
            yield from _pattern(pointers.child(f"{pointer}/patternProperties", pattern), pattern)


def _pattern(pointer: str, pattern: str) -> Iterator[Finding]:
    shown = cut(pattern)
    complaint = regex.compiles(pattern) or validator_complaint({"pattern": pattern})
    if complaint:
        message = f"the pattern {shown} cannot be read ({cut(complaint)})"
        yield Finding(pointer, message, "a pattern that ECMA-262 and Python both read")
        return
    try:
        exponential, backtracking = regex.is_exponential(pattern), regex.needs_backtracking(pattern)
    except regex.TooComplexError as error:
        yield Finding(pointer, f"the pattern {shown} is too complex: {error}", "a shorter pattern, or `maxLength`")
        return
    if exponential:
        message = f"the pattern {shown} can take exponential time: a repeat inside a repeat reads the same text"
        yield Finding(pointer, message, "the pattern with one repeat, or with a separator between the rounds")
    elif backtracking:
        message = f"the pattern {shown} looks around or refers back, which model providers may refuse"
        yield Finding(pointer, message, "a pattern without `(?...` and `\\1`", "warning")


def validator_complaint(schema: Schema) -> str | None:
    """None when the validator of the hot path compiles the schema, else its complaint. References must be local."""
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except ValueError as error:
        return str(error).splitlines()[0]
    return None
