"""A check's server that takes and gives JSON: what three of the four kinds have in common."""

import json
from dataclasses import dataclass
from typing import Any

from tollgate.checks import exchange
from tollgate.checks.port import CheckFailedError
from tollgate.errors import InvalidError
from tollgate.models.tool import Secret
from tollgate.screening import strict_json
from tollgate.secret_header import SecretHeader, SecretUnreadableError, forget_secrets, secret_header


@dataclass(frozen=True)
class JsonReply:
    """The status and a JSON object; other JSON is no answer of any kind."""

    status: int
    body: dict[str, Any]


def ask(url: str, document: dict[str, Any], secret: Secret | None, seconds: float) -> JsonReply:
    """One question. Raises `CheckFailedError` for what is not a JSON object as everybody reads it alike."""
    sent = _secret(secret)
    headers = {"Content-Type": "application/json", "Accept": "application/json", **sent.headers}
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    reply = exchange.post(url, body, headers, seconds)
    if reply.status in (401, 403):
        forget_secrets()
    return JsonReply(reply.status, read_object(sent.blacked_out(reply.body), reply.status))


def _secret(secret: Secret | None) -> SecretHeader:
    """The message goes on record, where AWS's own words about an account have no place."""
    try:
        return secret_header(secret)
    except SecretUnreadableError as error:
        raise CheckFailedError(str(error)) from error


def expect_ok(reply: JsonReply) -> dict[str, Any]:
    """The body of a 200. Raises `CheckFailedError` for any other status, redirects included."""
    if reply.status != 200:
        raise CheckFailedError(f"it answered HTTP {reply.status}")
    return reply.body


def read_object(body: bytes, status: int) -> dict[str, Any]:
    """A JSON object as everybody reads it alike. Raises `CheckFailedError` for anything else."""
    try:
        value = strict_json.loads(body, max_bytes=exchange.MAX_BYTES)
    except InvalidError as error:
        raise CheckFailedError(f"it answered HTTP {status} without readable JSON") from error
    if not isinstance(value, dict):
        raise CheckFailedError(f"it answered HTTP {status} with a JSON {type(value).__name__}, not an object")
    return value
