"""A value that satisfies a JSON Schema, or nearly: what a drill's model fills in. `variant` makes values differ."""

import re._parser as sre  # type: ignore[import-not-found]  # the standard library's own; it has no types
from typing import Any

Schema = dict[str, Any]


def example(schema: Schema, variant: int = 0, documents: tuple[str, ...] = ()) -> Any:
    """An object gets its required members only; a document argument gets the name of a document."""
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return example(schema[choice][0], variant, documents)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    return _OF_TYPE[kind](schema, variant, documents)


def _object(schema: Schema, variant: int, documents: tuple[str, ...]) -> Any:
    properties = schema.get("properties", {})
    wanted = schema.get("required") or list(properties)[:1]  # one of its own, where none is required
    return {name: example(properties.get(name, {"type": "string"}), variant, documents) for name in wanted}


def _string(schema: Schema, variant: int, documents: tuple[str, ...]) -> Any:
    if schema.get("x-tollgate-document") and documents:
        return documents[0]
    if schema.get("pattern"):
        return _from_pattern(schema["pattern"], variant)
    text = f"drill {variant}"
    return (text + " x" * schema.get("minLength", 0))[: schema.get("maxLength", 10_000)]


def _number(schema: Schema, variant: int, documents: tuple[str, ...]) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return min(least + variant, schema.get("maximum", least + variant))


def _array(schema: Schema, variant: int, documents: tuple[str, ...]) -> Any:
    items = schema.get("items", {"type": "string"})
    return [example(items, variant + index, documents) for index in range(schema.get("minItems", 0))]


_OF_TYPE: dict[str, Any] = {
    "object": _object,
    "string": _string,
    "number": _number,
    "integer": _number,
    "array": _array,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}


def _from_pattern(pattern: str, variant: int) -> str:
    """The shortest text that the pattern's first choices allow; digits follow the variant."""
    return "".join(_part(operation, argument, variant) for operation, argument in sre.parse(pattern))


def _part(operation: Any, argument: Any, variant: int) -> str:
    match str(operation):
        case "LITERAL":
            return chr(argument)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, _, inner = argument
            return "".join(_part(one[0], one[1], variant) for _ in range(max(1, least)) for one in inner)
        case "SUBPATTERN":
            return "".join(_part(one[0], one[1], variant) for one in argument[-1])
        case "BRANCH":
            return "".join(_part(one[0], one[1], variant) for one in argument[1][0])
        case "IN":
            return _part(argument[0][0], argument[0][1], variant)
        case "RANGE":
            low, high = argument
            return chr(low + variant % (high - low + 1))
        case "CATEGORY":
            return str(variant % 10)
        case "ANY" | "NOT_LITERAL":
            return "x"
    return ""
