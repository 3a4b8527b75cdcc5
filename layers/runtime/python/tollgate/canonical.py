"""One byte form for one JSON value (RFC 8785), and the digests and fingerprints made from it."""

import hashlib
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """The RFC 8785 form. Raises `rfc8785.CanonicalizationError` for NaN, infinities and integers past 2^53."""
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """`sha256:<hex>` of the canonical form: equal values, equal digests, whatever their key order."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def fingerprint(
    *, tool: str, manifest_digest: str, tenant: str, execution_id: str, call_key: str, arguments: Any, expires_at: int
) -> str:
    """What was approved, in one line: any change of these seven is another fingerprint.

    `call_key` is `<step>#<call>#<round>`; `expires_at` is epoch seconds, 0 for a call that never asks.
    """
    return digest([tool, manifest_digest, tenant, execution_id, call_key, arguments, expires_at])


def idempotency_key(*, execution_id: str, step: int, call_id: str, arguments: Any) -> str:
    """The same over attempts, retries and redrives of one call; other arguments give another key. 64 hex characters."""
    return digest([execution_id, step, call_id, arguments]).removeprefix("sha256:")
