"""Objects in the artifact bucket, and values that are inline while small and an object when not."""

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INLINE_BYTES = 64 * 1024
"""Larger values go to the bucket: an item holds 400 KB at most and is billed by the KB."""


@cache
def _client() -> "S3Client":
    return boto3.client(
        "s3", config=Config(retries={"mode": "standard", "total_max_attempts": 3}, s3={"addressing_style": "path"})
    )


class Artifacts:
    """The bucket by name. Keys: `documents/ journal/ results/ outputs/`."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    def put_text(self, key: str, text: str) -> None:
        """Writes UTF-8; the same key and text twice is harmless."""
        self.put_bytes(key, text.encode("utf-8", "surrogatepass"))

    def put_bytes(self, key: str, data: bytes) -> None:
        """Writes the object; the same key and bytes twice is harmless."""
        _client().put_object(Bucket=self.bucket, Key=key, Body=data)

    def get_text(self, key: str) -> str:
        """Reads UTF-8. Raises `NoSuchKey` (a bug or a lost object: never a default)."""
        return _client().get_object(Bucket=self.bucket, Key=key)["Body"].read().decode("utf-8", "surrogatepass")

    def pack(self, key: str, value: Any, *, inline_bytes: int = INLINE_BYTES) -> dict[str, str]:
        """`{"inline": json}` up to `inline_bytes`, else `{"object": <key>-<digest>}` after the object is written.

        Another value is another object: whoever loses the race for the item that points here overwrites nothing.
        """
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8", "surrogatepass")
        if len(data) <= inline_bytes:
            return {"inline": text}
        stem, dot, suffix = key.rpartition(".json")
        place = f"{stem or suffix}-{hashlib.sha256(data).hexdigest()}{dot}"
        self.put_text(place, text)
        return {"object": place}

    def unpack(self, packed: dict[str, str]) -> Any:
        """The value that `pack` was given."""
        return json.loads(packed["inline"] if "inline" in packed else self.get_text(packed["object"]))
