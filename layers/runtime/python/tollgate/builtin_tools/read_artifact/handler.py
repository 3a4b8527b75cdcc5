"""A part of a value that was shown cut: never more than the model is shown, and always whole JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tollgate.definitions import pointer as pointers
from tollgate.tool_runtime.output import BYTES_PER_TOKEN, cut
from tollgate.tool_runtime.tool_call import ToolCall

SHOWN_KEYS = 20
LEAST_TOKENS = 50
"""Below this a cut form of a value says nothing."""


def handle(arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
    """`{kind, total, offset, count, next_offset, part, shown_cut}`. Raises `ValueError` that says what there is.

    `artifact` is the whole value: the wrapper put it in the place of its id.
    """
    value = _at(arguments["artifact"], arguments.get("pointer", ""))
    offset = int(arguments.get("offset", 0))  # 3.0 is an integer in JSON Schema
    kind, total = _measure(value)
    if offset > total:
        raise ValueError(f"offset {offset} is past the end: the {kind} has {total}")
    limit = min(int(arguments.get("limit", total)), total - offset)
    return _Part(value, kind, total, offset).fitting(limit, call.output_limit_bytes)


@dataclass(frozen=True)
class _Part:
    value: Any
    kind: str
    total: int
    offset: int

    def fitting(self, limit: int, most_bytes: int) -> dict[str, Any]:
        """The longest part that fits; of a first member that is itself too large, a cut form."""
        low, high = 0, limit
        while low < high:  # halving: a longer part is a larger one, but for the digits of its numbers
            middle = (low + high + 1) // 2
            if _size(self._answer(middle)) <= most_bytes:
                low = middle
            else:
                high = middle - 1
        if low or not limit or not isinstance(self.value, list | dict):
            return self._answer(low)
        return self._first_cut(most_bytes)

    def _answer(self, count: int) -> dict[str, Any]:
        return self._shown(count, _slice(self.value, self.offset, count), [])

    def _first_cut(self, most_bytes: int) -> dict[str, Any]:
        key, member = _member(self.value, self.offset)
        place = pointers.join([key])
        tokens = (most_bytes - _size(self._holding(key, None, [place]))) // BYTES_PER_TOKEN
        if tokens < LEAST_TOKENS:
            return self._shown(
                1, f"the key at offset {self.offset} is too long to be shown ({len(key)} characters)", []
            )
        return self._holding(key, json.loads(cut(member, tokens)[0]), [place])

    def _holding(self, key: str, member: Any, shown_cut: list[str]) -> dict[str, Any]:
        return self._shown(1, [member] if isinstance(self.value, list) else {key: member}, shown_cut)

    def _shown(self, count: int, part: Any, shown_cut: list[str]) -> dict[str, Any]:
        end = self.offset + count
        return {
            "kind": self.kind,
            "total": self.total,
            "offset": self.offset,
            "count": count,
            "next_offset": end if end < self.total else None,
            "part": part,
            **({"shown_cut": shown_cut} if shown_cut else {}),
        }


def _at(value: Any, pointer: str) -> Any:
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON Pointer; write one such as /rows/12, or leave it out for the top")
    way: list[str] = []
    for step in pointers.split(pointer):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise ValueError(
                f"there is no {pointers.join([*way, step])}: {pointers.join(way) or 'the top'} {_is(value)}"
            )
        way.append(step)
    return value


def _is(value: Any) -> str:
    kind, total = _measure(value)
    if isinstance(value, dict):
        keys = [key[:100] for key in list(value)[:SHOWN_KEYS]]
        more = f" and {total - SHOWN_KEYS} more" if total > SHOWN_KEYS else ""
        return f"is an object with the keys {json.dumps(keys, ensure_ascii=False)}{more}"
    return f"is a list of {total}, counted from 0" if isinstance(value, list) else f"is a {kind} with nothing below it"


def _measure(value: Any) -> tuple[str, int]:
    """What it is, and how many of what `offset` and `limit` count."""
    if isinstance(value, str | list | dict):
        return {str: "text", list: "list", dict: "object"}[type(value)], len(value)
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(value), 1


def _slice(value: Any, offset: int, count: int) -> Any:
    if isinstance(value, dict):
        return {key: value[key] for key in list(value)[offset : offset + count]}
    return value[offset : offset + count] if isinstance(value, Sequence) else value


def _member(value: Any, offset: int) -> tuple[str, Any]:
    return (str(offset), value[offset]) if isinstance(value, list) else list(value.items())[offset]


def _size(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer, ensure_ascii=False).encode("utf-8"))
