"""The secret of a check as a header, read from Secrets Manager once per process and never told to anybody else."""

import threading
from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.checks.port import CheckFailedError
from tollgate.models.tool import Secret

LEAST_REDACTED = 6
"""Shorter secrets are found by chance in honest text."""

_lock = threading.Lock()  # boto3 is not thread-safe while it creates clients, and checks run side by side


def secret_header(secret: Secret | None) -> dict[str, str]:
    """`{header: prefix + value}`, or nothing. Raises `CheckFailedError` where the secret cannot be read."""
    return {secret.header: secret.prefix + _read(secret.name)} if secret else {}


def forget_secrets() -> None:
    """The next question reads its secret again: a rotated one must not need a new deployment."""
    _value.cache_clear()


def without_secret(body: bytes, secret: Secret | None) -> bytes:
    """The body with the secret's value blacked out: a server that echoes headers must not tell it to the model."""
    value = _read(secret.name).encode() if secret else b""
    return body.replace(value, b"[secret]") if len(value) >= LEAST_REDACTED else body


def _read(name: str) -> str:
    with _lock:
        return _value(name)


@lru_cache(maxsize=16)
def _value(name: str) -> str:
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    try:
        found = boto3.session.Session().client("secretsmanager", config=config).get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise CheckFailedError(f"the secret {name!r} cannot be read: {type(error).__name__}") from error
    value = found.get("SecretString", "").strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise CheckFailedError(f"the secret {name!r} is empty or no header's value; store the plain text alone")
    return value
