"""Bytes that are no JSON: they go to the bucket, and what the model reads is a description with the place."""

import hashlib
from dataclasses import dataclass
from typing import Any

from tollgate.models.call import Call
from tollgate.store.artifacts import Artifacts


@dataclass(frozen=True)
class Binary:
    """What a runner hands to the wrapper, as its whole output or as one of the parts in a list."""

    data: bytes
    described: dict[str, Any]


def kept(value: Any, call: Call, artifacts: Artifacts) -> Any:
    """The output with each `Binary` in the bucket and its description in its place."""
    if isinstance(value, list):
        return [_kept(part, call, artifacts) for part in value]
    return _kept(value, call, artifacts)


def _kept(value: Any, call: Call, artifacts: Artifacts) -> Any:
    """The same bytes are the same object in the whole execution, so that the same answer reads the same twice."""
    if not isinstance(value, Binary):
        return value
    digest = hashlib.sha256(value.data).hexdigest()
    key = f"results/{call.tool}/{call.execution_id}/{digest}.bin"
    artifacts.put_bytes(key, value.data)
    return {**value.described, "bytes": len(value.data), "stored": key, "shown": False}
