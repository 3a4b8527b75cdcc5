"""One signed post to a webhook, after the Standard Webhooks specification: https://www.standardwebhooks.com"""

import base64
import binascii
import hashlib
import hmac

import urllib3

from tollgate.definitions.registry import Webhook
from tollgate.errors import DefinitionError, UnreachableError

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


def post(webhook: Webhook, secret: str, *, message_id: str, timestamp: int, body: bytes) -> None:
    """Raises `UnreachableError` unless the receiver took it; who tries again is the platform."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Tollgate-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    timeout = urllib3.Timeout(total=webhook.timeout_seconds)
    with urllib3.PoolManager(timeout=timeout, retries=False) as http:
        try:
            # The answer's body is nobody's business here, and a redirect would take the message elsewhere.
            answer = http.request(
                "POST", webhook.url, body=body, headers=headers, redirect=False, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"the webhook did not answer: {type(error).__name__}") from error
        answer.close()
    if not 200 <= answer.status < 300:
        raise UnreachableError(f"the webhook answered HTTP {answer.status}")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over `<id>.<timestamp>.<body>` under the secret's bytes."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if len(key) not in KEY_BYTES:  # the cause would quote the secret
        raise DefinitionError(
            f"the webhook's secret is not of the form {PREFIX}<base64 of 24 to 64 random bytes>; "
            "make one with: echo whsec_$(openssl rand -base64 32)"
        ) from None
    return key
