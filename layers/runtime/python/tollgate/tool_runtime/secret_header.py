"""The secret of a tool as a header, read from Secrets Manager once per process and never told to anybody else."""

from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import ToolUnavailableError
from tollgate.models.tool import Secret

LEAST_REDACTED = 6
"""Shorter secrets are found by chance in honest text."""


def secret_header(secret: Secret | None) -> dict[str, str]:
    """`{header: prefix + value}`, or nothing. Raises `ToolUnavailableError` where the secret cannot be read."""
    return {secret.header: secret.prefix + _value(secret.name)} if secret else {}


def forget_secrets() -> None:
    """The next call reads its secret again: a rotated one must not need a new deployment."""
    _value.cache_clear()


def without_secret(body: bytes, secret: Secret | None) -> bytes:
    """The body with the secret's value blacked out: a server that echoes headers must not tell it to the model."""
    value = _value(secret.name).encode() if secret else b""
    return body.replace(value, b"[secret]") if len(value) >= LEAST_REDACTED else body


@lru_cache(maxsize=4)
def _value(name: str) -> str:
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    try:
        found = boto3.client("secretsmanager", config=config).get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise ToolUnavailableError(f"the secret {name!r} cannot be read: {error}") from error
    value = found.get("SecretString", "").strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise ToolUnavailableError(f"the secret {name!r} is empty or no header's value; store the plain text alone")
    return value
