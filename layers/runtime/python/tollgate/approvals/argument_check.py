"""The arguments of an edit against the tool's own schema: every violation, each with its JSON Pointer."""

import json
from typing import Any

import jsonschema_rs

from tollgate.definitions.pointer import join

ARGUMENT_BYTES = 64 * 1024
"""The same bound as for arguments that a model writes."""


def violations(schema: dict[str, Any], value: Any) -> list[dict[str, str]]:
    """`{"pointer", "message"}` for each way in which the value does not fit; empty when it fits."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return [{"pointer": join(error.instance_path), "message": error.message} for error in validator.iter_errors(value)]


def edit_violations(schema: dict[str, Any], arguments: Any) -> list[dict[str, str]]:
    """The same for an edit, which is also bounded in size."""
    if not isinstance(arguments, dict):
        return [{"pointer": "", "message": "arguments must be an object with all arguments of the call"}]
    size = len(json.dumps(arguments, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > ARGUMENT_BYTES:
        return [
            {"pointer": "", "message": f"the arguments are {size} bytes long; at most {ARGUMENT_BYTES} are allowed"}
        ]
    return violations(schema, arguments)
