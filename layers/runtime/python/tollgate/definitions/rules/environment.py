"""A tool's environment holds settings only: no secret, no endpoint, nothing that changes how the process starts."""

import re
from collections.abc import Iterator

from tollgate.definitions.load import ToolFile
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.pointer import child
from tollgate.definitions.problem import Problem
from tollgate.definitions.rules.permissions import PLACEHOLDERS, unknown_placeholders

MAX_BYTES = 2_048
"""Lambda allows 4 KB in all, and the template needs its part."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = re.compile(
    r"(AWS|LAMBDA|LD|TOLLGATE)_.*|PYTHON.*|PATH|SLACK_API_URL|.*ENDPOINT_URL.*|(HTTPS?|ALL|NO)_PROXY", re.I
)
_SECRET_NAME = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(_|$)", re.I
)
_POINTS_AT_SECRET = re.compile(r".*_(ARN|ID|NAME)", re.I)
_SECRET_VALUES = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}"),
    "a Slack token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9_-]{16,}"),
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    "a password in a URL": re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.I),
}
_INSTEAD = "the secret's ARN in `<NAME>_SECRET_ARN`, and a permission to read it"


def problems(tool: ToolFile) -> Iterator[Problem]:
    """Every variable that does not belong there."""
    variables = tool.manifest.environment
    size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
    if size > MAX_BYTES:
        message = f"the environment has {size:,} bytes"
        yield tool.source.problem(
            "/environment", message, f"at most {MAX_BYTES:,}; a file beside handler.py holds more"
        )
    for name, value in variables.items():
        yield from _variable(tool, child("/environment", name), name, value)


def _variable(tool: ToolFile, pointer: str, name: str, value: str) -> Iterator[Problem]:
    held = next((label for label, pattern in _SECRET_VALUES.items() if pattern.search(value)), None)
    unknown = unknown_placeholders(value)
    if not _NAME.fullmatch(name):
        yield tool.source.problem(pointer, f"`{name}` is not a variable's name", "letters, digits and underscores")
    elif _RESERVED.fullmatch(name):
        message = f"`{name}` is the platform's: endpoints and start-up are not the tool's to set"
        yield tool.source.problem(pointer, message, "a name of the tool's own, without an endpoint")
    elif held:
        yield tool.source.problem(pointer, f"`{name}` seems to hold {held}", _INSTEAD)
    elif _SECRET_NAME.search(name) and not _POINTS_AT_SECRET.fullmatch(name):
        yield tool.source.problem(pointer, f"`{name}` is named like a secret", _INSTEAD)
    elif unknown:
        advice = suggestion(unknown[0], PLACEHOLDERS)
        yield tool.source.problem(pointer, f"there is no placeholder `${{{unknown[0]}}}`", advice)
