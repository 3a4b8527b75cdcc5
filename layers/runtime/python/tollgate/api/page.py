"""Paging: a limit, and a cursor that means something to one tenant only."""

import base64
import binascii
import json
from datetime import datetime

from tollgate.canonical import digest
from tollgate.errors import InvalidError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def limit_of(text: str | None) -> int:
    """The page's size. Raises `InvalidError` for anything but 1 to `MAX_LIMIT`."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise _invalid("limit", f"{text[:40]!r} is not a number from 1 to {MAX_LIMIT}")
    return int(text)


def one_of(name: str, text: str | None, allowed: tuple[str, ...]) -> str | None:
    """A query parameter that is one of few words. Raises `InvalidError` with the list."""
    if text is not None and text not in allowed:
        raise _invalid(name, f"{text[:40]!r} is not one of {', '.join(allowed)}")
    return text


def instant(name: str, text: str | None) -> float | None:
    """Epoch seconds of an ISO 8601 instant with its offset. Raises `InvalidError` for anything else."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _invalid(name, f"{text[:40]!r} is not an instant like 2026-11-22T20:00:00Z")
    return found.timestamp()


def encode(tenant: str, key: str | None) -> str | None:
    """The cursor after `key`, or None at the end."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([_mark(tenant), key]).encode()).decode().rstrip("=")


def decode(tenant: str, cursor: str | None) -> str | None:
    """The key that `encode` was given. Raises `InvalidError` for any other text and for another tenant's cursor."""
    if cursor is None:
        return None
    try:
        mark, key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError):
        mark, key = None, None
    if mark != _mark(tenant) or not isinstance(key, str):
        raise _invalid("cursor", "this cursor was not given to you; take the `cursor` of the previous page")
    return key


def _mark(tenant: str) -> str:
    return digest(["cursor", tenant])[-12:]


def _invalid(name: str, message: str) -> InvalidError:
    return InvalidError(f"query parameter {name}: {message}", [{"pointer": f"/{name}", "message": message}])
