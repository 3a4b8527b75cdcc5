"""A page of the trace that always fits into an answer: Lambda refuses one over 6 MB, and one record can hold 10 MB."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from tollgate.api import view
from tollgate.models.record import Record

PAGE_BYTES = 2 * 1024 * 1024
"""With the last record still under Lambda's 6 MB when every second character has to be escaped."""

RECORD_BYTES = 512 * 1024
"""Of a longer record the long fields are shown cut; the journal keeps it whole."""

FIELD_CHARACTERS = 16 * 1024


def trace_page(records: Iterable[Record], limit: int, masked: Callable[[Record], Record]) -> dict[str, Any]:
    """Up to `limit` records and 2 MB; reads no further than one record past that. The cursor is the last one's `at`."""
    items: list[dict[str, Any]] = []
    size = 0
    for record in records:
        if len(items) == limit or size > PAGE_BYTES:
            return {"items": items, "cursor": items[-1]["at"]}
        shown = _bounded(masked(record))
        items.append(view.record(shown))
        size += _size(shown.body)
    return {"items": items, "cursor": None}


def _bounded(record: Record) -> Record:
    """The record; in a long one a long field is the beginning of its JSON, `cut_from_bytes` the whole size."""
    size = _size(record.body)
    if size <= RECORD_BYTES:
        return record
    body = {name: _cut(value) for name, value in record.body.items()}
    return record.model_copy(update={"body": body | {"cut_from_bytes": size}})


def _cut(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= FIELD_CHARACTERS else f"{text[:FIELD_CHARACTERS]}…"


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
