"""The API key of an OpenAI-compatible server: from Secrets Manager where deployed, from the environment locally."""

import os
from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import ModelFailedError
from tollgate.model.failure import shortened
from tollgate.settings import endpoint_overrides_allowed


def api_key(secret_id: str | None) -> str | None:
    """The key without surrounding space, read once per process; None for a server that asks for none.

    Raises `ModelFailedError` when the named secret cannot be read.
    """
    where = f"secret {secret_id!r}" if secret_id else "OPENAI_API_KEY"
    key = (_secret(secret_id) if secret_id else _from_environment()).strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelFailedError(
            f"{where} is no API key: it holds characters that no HTTP header may; store the key alone"
        )
    return key or None


def forget_keys() -> None:
    """The next call reads its secret again: a rotated key must not need a new deployment."""
    _secret.cache_clear()


def _from_environment() -> str:
    return os.environ.get("OPENAI_API_KEY", "") if endpoint_overrides_allowed() else ""


@lru_cache(maxsize=16)
def _secret(secret_id: str) -> str:
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    try:
        answer = boto3.session.Session().client("secretsmanager", config=config).get_secret_value(SecretId=secret_id)
    except (BotoCoreError, ClientError) as error:
        raise ModelFailedError(
            f"the model's API key cannot be read from secret {secret_id!r}: {shortened(str(error))}; create the secret "
            "and let the function's role read it"
        ) from error
    text = answer.get("SecretString")
    if not text:
        raise ModelFailedError(f"secret {secret_id!r} is empty or binary; store the API key as plain text")
    return text
