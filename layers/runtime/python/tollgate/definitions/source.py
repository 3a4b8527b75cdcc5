"""A YAML or JSON file as a JSON value with the position of every part of it.

Owns syntax only: what the value means is the models' business. Nothing in a file is executed, fetched or
instantiated; tags and merge keys are refused, and size, depth and the growth through aliases are bounded.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tollgate.definitions import pointer as pointers
from tollgate.definitions import scalar
from tollgate.definitions.problem import Problem, ProblemError, Severity
from tollgate.definitions.yaml_errors import explain

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_VALUES = 50_000
"""After expansion of aliases: a file of 1 KB can otherwise stand for a billion values."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Position:
    """Line and column, both from 1. A mapping's entry is where its key is; a list's item is where it starts."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A file's value and where its parts stand."""

    file: str
    value: Any
    positions: Mapping[str, Position]

    def position(self, pointer: str) -> Position:
        """Where the pointer's part is, or its nearest ancestor that the file has."""
        while pointer not in self.positions and pointer:
            pointer = pointers.parent(pointer)
        return self.positions.get(pointer, Position(1, 1))

    def problem(self, pointer: str, message: str, advice: str, severity: Severity = "error") -> Problem:
        """A finding about one part of this file."""
        at = self.position(pointer)
        return Problem(self.file, at.line, at.column, pointer, message, advice, severity)


@dataclass
class _Node:
    """One parsed YAML node; `entries` of a mapping are `(key, position of key, node)`, of a list `("", ..., node)`."""

    event: Any
    entries: list[tuple[str, Position, "_Node"]] = field(default_factory=list)


def read(path: Path) -> Source:
    """The file's value with positions. Raises `ProblemError` that says line, reason and remedy."""
    return parse(_text(path), str(path))


def parse(text: str, file: str) -> Source:
    """The same for a text in memory; `file` is only its name in messages."""
    if text.lstrip().startswith("{"):
        text = _SURROGATES.sub(_joined_surrogates, text)
    try:
        root = _Parser(text, file).document()
    except yaml.YAMLError as error:
        raise ProblemError(explain(error, text, file)) from error
    positions: dict[str, Position] = {"": Position(1, 1)}
    return Source(file, _Values(file, positions).value(root, "", 0), positions)


def _text(path: Path) -> str:
    """The file as text. Raises `ProblemError` for what is not a UTF-8 file of at most 1 MB."""
    name = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ProblemError(
            Problem(name, 1, 1, "", f"the file cannot be read ({error.strerror})", "a readable file")
        ) from error
    if len(data) > MAX_BYTES:
        raise ProblemError(Problem(name, 1, 1, "", f"the file is larger than {MAX_BYTES:,} bytes", "a smaller file"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {data[error.start]:#04x} is not UTF-8"
        raise ProblemError(Problem(name, line, 1, "", found, "the file saved as UTF-8")) from error


def _joined_surrogates(match: re.Match[str]) -> str:
    """JSON writes characters past U+FFFF as two escapes; YAML has one escape of eight digits for them."""
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


class _Parser:
    """Events -> nodes. Aliases point at the node of their anchor; nothing is expanded here."""

    def __init__(self, text: str, file: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Loader))
        self._file = file
        self._anchors: dict[str, _Node | None] = {}

    def document(self) -> _Node:
        """The only document of the file."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise self._refuse(None, "the file is empty", "`schema_version: 1` and the other required fields")
        root = self._node(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refuse(after, "a second document starts here", "one document per file, without a second `---`")
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"values are nested deeper than {MAX_DEPTH}", "a flatter structure")
        if event.tag not in (None, "tag:yaml.org,2002:str"):
            raise self._refuse(event, f"the tag {event.tag} is not allowed: files are plain data", "the value alone")
        node = _Node(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.MappingStartEvent):
            node.entries.extend(self._mapping(depth))
        elif isinstance(event, yaml.SequenceStartEvent):
            node.entries.extend(self._sequence(depth))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> _Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            why = "stands inside its own anchor" if event.anchor in self._anchors else "has no anchor before it"
            raise self._refuse(event, f"the alias *{event.anchor} {why}", "the value itself")
        return node

    def _sequence(self, depth: int) -> Iterator[tuple[str, Position, _Node]]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield "", _position(event), self._node(event, depth + 1)

    def _mapping(self, depth: int) -> Iterator[tuple[str, Position, _Node]]:
        seen: dict[str, Position] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, at = self._key(event), _position(event)
            if key in seen:
                raise self._refuse(event, f"the key `{key}` is already on line {seen[key].line}", f"`{key}` only once")
            seen[key] = at
            yield key, at, self._node(next(self._events), depth + 1)

    def _key(self, event: Any) -> str:
        """A key is always its text: `1: x` and `no: x` mean the keys "1" and "no", as in JSON."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refuse(event, "a key must be a text", "`name: value`")
        if event.value == "<<" and event.style in (None, ""):
            raise self._refuse(event, "the merge key `<<` is not allowed", "the fields out in full")
        return str(event.value)

    def _refuse(self, event: Any, message: str, advice: str) -> ProblemError:
        at = _position(event) if event else Position(1, 1)
        return ProblemError(Problem(self._file, at.line, at.column, "", message, advice))


class _Values:
    """Nodes -> JSON value, filling in positions; counts values so that aliases cannot multiply without end."""

    def __init__(self, file: str, positions: dict[str, Position]) -> None:
        self._file = file
        self._positions = positions
        self._count = 0

    def value(self, node: _Node, pointer: str, depth: int) -> Any:
        self._bound(node, depth)
        if isinstance(node.event, yaml.MappingStartEvent):
            return {key: self._entry(pointers.child(pointer, key), at, node, depth) for key, at, node in node.entries}
        if isinstance(node.event, yaml.SequenceStartEvent):
            items = enumerate(node.entries)
            return [self._entry(f"{pointer}/{index}", at, node, depth) for index, (_, at, node) in items]
        return self._scalar(node.event, pointer)

    def _entry(self, pointer: str, at: Position, node: _Node, depth: int) -> Any:
        self._positions[pointer] = at
        return self.value(node, pointer, depth + 1)

    def _scalar(self, event: Any, pointer: str) -> Any:
        if event.tag or not event.implicit[0]:
            return event.value
        try:
            return scalar.plain(event.value)
        except scalar.ScalarError as error:
            at = _position(event)
            problem = Problem(self._file, at.line, at.column, pointer, str(error), error.advice)
            raise ProblemError(problem) from error

    def _bound(self, node: _Node, depth: int) -> None:
        self._count += 1
        at = _position(node.event)
        if self._count > MAX_VALUES:
            found = f"the file stands for more than {MAX_VALUES:,} values, aliases included"
            raise ProblemError(Problem(self._file, at.line, at.column, "", found, "fewer values, or no aliases"))
        if depth > MAX_DEPTH:
            found = f"values are nested deeper than {MAX_DEPTH}, aliases included"
            raise ProblemError(Problem(self._file, at.line, at.column, "", found, "a flatter structure"))


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)
