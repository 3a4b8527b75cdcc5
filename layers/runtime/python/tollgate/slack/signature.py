"""Whether a post is Slack's own: signed with our secret, and signed just now.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
from collections.abc import Mapping

WINDOW_SECONDS = 300
_TIMESTAMP, _SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


def refusal(*, signing_secret: str, headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Why the post is not to be believed, or None when it is Slack's. `body` is the raw body, base64 undone.

    A replay within the window passes here; that it changes nothing is the gate's own promise.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get(_TIMESTAMP, ""), given.get(_SIGNATURE, "")
    if not signing_secret:
        return "no signing secret is configured, so nothing can be verified"
    if not timestamp or not signature:
        return "the headers X-Slack-Request-Timestamp and X-Slack-Signature are required"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "X-Slack-Request-Timestamp is not a whole number of seconds"
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return f"the post was signed more than {WINDOW_SECONDS} seconds from now"
    if not hmac.compare_digest(sign(signing_secret, timestamp, body).encode(), signature.encode("utf-8", "replace")):
        return "the signature does not match the body"
    return None


def sign(signing_secret: str, timestamp: str, body: bytes) -> str:
    """`v0=<hex>`: HMAC-SHA256 over `v0:<timestamp>:<body>`."""
    base = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
