"""The arguments of an edit against the tool's own schema: every violation, each with its JSON Pointer."""

import json
from functools import lru_cache
from typing import Any

from tollgate.screening import schema

ARGUMENT_BYTES = 64 * 1024
"""The same bound as for arguments that a model writes."""


def violations(argument_schema: dict[str, Any], arguments: Any) -> list[dict[str, str]]:
    """`{"pointer", "message"}` for each way in which the arguments do not fit; empty when they do."""
    if not isinstance(arguments, dict):
        return [{"pointer": "", "message": "arguments must be an object with all arguments of the call"}]
    size = len(json.dumps(arguments, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > ARGUMENT_BYTES:
        return [
            {"pointer": "", "message": f"the arguments are {size} bytes long; at most {ARGUMENT_BYTES} are allowed"}
        ]
    found = schema.violations(_one_object(json.dumps(argument_schema, sort_keys=True)), arguments)
    return [{"pointer": one.pointer, "message": f"{one.expected} (given: {one.given})"} for one in found]


@lru_cache(maxsize=128)
def _one_object(text: str) -> dict[str, Any]:
    """The same object for the same schema: compiled schemas are kept by identity, and an approval brings a copy."""
    value: dict[str, Any] = json.loads(text)
    return value
