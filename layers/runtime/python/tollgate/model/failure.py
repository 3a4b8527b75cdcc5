"""What a provider says when it refuses, cut to one line that holds no secret; and when it says to come back."""

import json
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from tollgate.model.wire_json import clean

MAX_DETAIL = 500

_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


def shortened(text: str, secret: str | None = None) -> str:
    """One line of at most 500 characters, without markup, and without the secret if the server echoed it."""
    if secret:
        text = text.replace(secret, "***")
    line = _SPACE.sub(" ", _TAG.sub(" ", clean(text[:20_000]))).strip()
    return line if len(line) <= MAX_DETAIL else line[: MAX_DETAIL - 1] + "…"


def server_message(body: bytes, secret: str | None = None) -> str:
    """What the server said went wrong: the field that error bodies usually hold it in, else the body itself."""
    text = body.decode("utf-8", "replace")
    try:
        said = _message_in(json.loads(text))
    except (ValueError, RecursionError):
        said = None
    return shortened(said or text, secret) or "(the server gave no reason)"


def _message_in(document: Any) -> str | None:
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return None
    inner = next((document[key] for key in ("error", "message", "Message", "detail") if document.get(key)), None)
    return _message_in(inner) if isinstance(inner, dict | str) else None


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """The provider's hint: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3)."""
    lower = {name.lower(): value for name, value in headers.items()}
    milliseconds = _number(lower.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = lower.get("retry-after")
    seconds = _number(value)
    return seconds if seconds is not None or value is None else _seconds_until(value, now)


def _seconds_until(date: str, now: float) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
