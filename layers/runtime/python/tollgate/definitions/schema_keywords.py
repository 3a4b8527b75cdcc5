"""Keywords of JSON Schema 2020-12 and Tollgate's own; a word that has no effect is pointed out."""

import json
from collections.abc import Iterator
from typing import Any

from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from tollgate.definitions import pointer as pointers
from tollgate.definitions import schema_tree as tree
from tollgate.definitions.json_schema import Use
from tollgate.definitions.nearest import nearest, suggestion
from tollgate.definitions.schema_finding import Finding
from tollgate.definitions.schema_tree import Schema
from tollgate.models.tool import ARTIFACT, DOCUMENT

KEYWORDS = frozenset(
    word
    for uri in REGISTRY
    if uri.startswith("https://json-schema.org/draft/2020-12/")
    for word in REGISTRY.contents(uri).get("properties", {})
)
"""Every word of the 2020-12 vocabularies, read from their own meta-schemas."""

EXTENSIONS = {"x-tollgate-origin": ("instruction", "document"), DOCUMENT: (True, False), ARTIFACT: (True, False)}
PLACES: dict[str, tuple[Use, str]] = {
    "x-tollgate-origin": ("agent_input", "a property at the root of an agent's `input_schema`"),
    DOCUMENT: ("tool_input", "a property at the root of a tool's `input_schema`"),
    ARTIFACT: ("builtin_input", "a tool of Tollgate's own"),
}
_UNSUPPORTED = {
    "$dynamicRef": "`$ref` to `#/$defs/<name>`",
    "$dynamicAnchor": "a name in `$defs`",
    "$anchor": "a name in `$defs`",
    "$recursiveRef": "`$ref` to `#/$defs/<name>`",
    "$vocabulary": "the schema without it",
    "dependencies": "`dependentRequired` or `dependentSchemas`",
    "additionalItems": "`prefixItems` with `items`",
}


def findings(schema: Schema) -> Iterator[Finding]:
    """Unsupported and misused keywords as errors, unknown ones as warnings."""
    for pointer, part in tree.subschemas(schema):
        if isinstance(part, dict):
            for word in part:
                yield from _keyword(f"{pointer}/{pointers.join([word])[1:]}", pointer, word, part[word])


def misplaced(schema: Schema, use: Use) -> Iterator[Finding]:
    """Tollgate's own keywords where nothing reads them: silence would be taken for protection."""
    for pointer, part in tree.subschemas(schema):
        for word, (where, place) in PLACES.items():
            at_root = pointer.startswith("/properties/") and pointer.count("/") == 2
            if isinstance(part, dict) and word in part and not (use == where and at_root):
                yield Finding(f"{pointer}/{word}", f"`{word}` has no effect here", f"it on {place}")


def _keyword(pointer: str, parent: str, word: str, value: Any) -> Iterator[Finding]:
    if word in _UNSUPPORTED:
        yield Finding(pointer, f"`{word}` is not supported", _UNSUPPORTED[word])
    elif word == "$id" and parent:
        yield Finding(pointer, "`$id` below the root changes what references mean", "the schema without it")
    elif word in EXTENSIONS:
        choices = [json.dumps(choice) for choice in EXTENSIONS[word]]
        if json.dumps(value) not in choices:
            yield Finding(pointer, f"`{word}` is {json.dumps(value)}", " or ".join(choices))
    elif word.startswith("x-tollgate"):
        yield Finding(pointer, f"there is no `{word}`", suggestion(word, EXTENSIONS))
    elif word not in KEYWORDS and not word.startswith("x-"):
        meant = nearest(word, KEYWORDS)
        advice = f"`{meant}`" if meant else f"`x-{word}` if it is a note of your own"
        advice = "`type: [<type>, 'null']`" if word == "nullable" else advice
        yield Finding(pointer, f"`{word}` is no keyword of JSON Schema and has no effect", advice, "warning")
