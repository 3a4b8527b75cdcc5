"""Every value that this process read from Secrets Manager, whoever read it: ours, or a tool's own code.

boto3 tells of each answer by an event, and a session takes its handlers from botocore's list when it is made. What is
remembered is never forgotten: a rotated secret may still be valid somewhere.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore import handlers

from tollgate.redaction.matcher import LEAST, LONG, Matcher

EVENTS = ("after-call.secrets-manager.GetSecretValue", "after-call.secrets-manager.BatchGetSecretValue")
OPEN_NAMES = {"engine", "host", "username", "dbname", "port", "dbinstanceidentifier", "masterarn", "region"}
"""Keys of the JSON that Secrets Manager itself writes for a database, and that are no secret.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""

_known: dict[str, str] = {}
_matchers: dict[int, Matcher] = {}


def watch() -> None:
    """From now on every session remembers what it reads. Twice is once."""
    listed = handlers.BUILTIN_HANDLERS
    for event in EVENTS:
        if (event, _heard) not in listed:
            listed.append((event, _heard))


def remember(name: str, value: str) -> None:
    """The secret's whole text and, where that is JSON, its parts; short parts are no more secret than any word."""
    label = f"secret {name}"
    for part in _parts(value):
        _known.setdefault(part, label)


def matcher() -> Matcher:
    """Over all that is known so far; made once for each state of it."""
    if len(_known) not in _matchers:
        _matchers.clear()
        _matchers[len(_known)] = Matcher(_known)
    return _matchers[len(_known)]


def _heard(parsed: dict[str, Any], **_: Any) -> None:
    for answer in (parsed, *parsed.get("SecretValues", [])):
        value = answer.get("SecretString") or answer.get("SecretBinary")
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if value:
            remember(str(answer.get("Name", "of this process")), value)


def _parts(value: str) -> Iterator[str]:
    text = value.strip()
    if len(text) >= LEAST:
        yield text
    try:
        yield from _leaves(json.loads(text))
    except (ValueError, RecursionError):
        return


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [inner for key, inner in value.items() if key.lower() not in OPEN_NAMES]
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str) and len(value) >= LONG:
        yield value
