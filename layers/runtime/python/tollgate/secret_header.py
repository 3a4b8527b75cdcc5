"""A secret as a header of a request, read from Secrets Manager once per process and never told to anybody else."""

import threading
from dataclasses import dataclass, field
from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import FinalError
from tollgate.models.tool import Secret

LEAST_REDACTED = 6
"""Shorter secrets are found by chance in honest text."""

_lock = threading.Lock()  # boto3 is not thread-safe while it creates clients, and checks run side by side


class SecretUnreadableError(FinalError):
    """There is no header to send. `in_full` says in AWS's own words why; the message names that error's type alone."""

    def __init__(self, message: str, in_full: str | None = None) -> None:
        super().__init__(message)
        self.in_full = in_full or message


@dataclass(frozen=True)
class SecretHeader:
    """What one request carries, and what must not come back in its answer. Both are empty where there is no secret."""

    headers: dict[str, str] = field(repr=False)
    value: bytes = field(repr=False)

    def blacked_out(self, body: bytes) -> bytes:
        """The body without the value: a server that echoes headers must not tell it to the model."""
        return body.replace(self.value, b"[secret]") if len(self.value) >= LEAST_REDACTED else body


def secret_header(secret: Secret | None) -> SecretHeader:
    """`{header: prefix + value}`, or nothing. Raises `SecretUnreadableError`."""
    if secret is None:
        return SecretHeader({}, b"")
    with _lock:
        value = _value(secret.name)
    return SecretHeader({secret.header: secret.prefix + value}, value.encode())


def forget_secrets() -> None:
    """The next request reads its secret again: a rotated one must not need a new deployment."""
    _value.cache_clear()


@lru_cache(maxsize=16)
def _value(name: str) -> str:
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    try:
        found = boto3.session.Session().client("secretsmanager", config=config).get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        said = f"the secret {name!r} cannot be read"
        raise SecretUnreadableError(f"{said}: {type(error).__name__}", f"{said}: {error}") from error
    value = found.get("SecretString", "").strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise SecretUnreadableError(f"the secret {name!r} is empty or no header's value; store the plain text alone")
    return value
