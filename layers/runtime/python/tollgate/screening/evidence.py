"""What may vouch for an argument, collected call by call as an execution goes on.

Two kinds of source vouch: a person's instruction, and one record in a trusted field of a call whose own arguments
were vouched for. Everything else (documents, other outputs, errors, edits, what a person approved) vouches for nothing.
Adding a call costs what its trusted fields cost; asking costs what the instruction and the question cost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tollgate.definitions.registry import ToolEntry
from tollgate.models.tool import Tool
from tollgate.screening import sinks
from tollgate.screening.case import PastCall, Request
from tollgate.screening.formats import forms
from tollgate.screening.formats.currency import CODES
from tollgate.screening.haystack import Haystack, Place
from tollgate.screening.instruction import Instruction, Purpose
from tollgate.screening.lookups import fields_without_echoes, is_derived, is_short, names_same_thing
from tollgate.screening.records import Field, records
from tollgate.screening.sinks import Value
from tollgate.screening.words import significant, words


@dataclass(frozen=True)
class Source:
    """What vouches: the request's instruction, or a record of the named tool's output.

    `chosen` is True where the model chose the record among several that one lookup returned.
    """

    kind: str
    name: str
    chosen: bool = False


@dataclass
class _Choice:
    """The records that one lookup returned, by number; `open` are those that the request leaves, once looked at."""

    start: int
    end: int = 0
    open: frozenset[int] | None = None


@dataclass(frozen=True)
class _Record:
    """The trusted fields of one record, the tool that returned it, and the choice that it was part of."""

    tool: str
    fields: tuple[Field, ...]
    choice: _Choice

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The fields as an instruction may name them."""
        return tuple(_as_value(field) for field in self.fields)

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The currency codes among the fields."""
        return frozenset(str(field.value).upper() for field in self.fields) & CODES


@dataclass
class _Index:
    """Where each canonical form of one kind stands: form -> record -> field names. `seen` records are in it."""

    seen: int = 0
    places: dict[str, dict[int, list[str]]] = field(default_factory=dict)


class Evidence:
    """Grows by `add`, never forgets; equal calls in equal order give equal evidence."""

    def __init__(self, request: Request, tools: Mapping[str, ToolEntry], history: Iterable[PastCall] = ()) -> None:
        self.request = request
        self.history: list[PastCall] = []
        self.instructions = [Instruction(text) for text in request.vouching]
        self._tools = tools
        self._records: list[_Record] = []
        self._alone: set[int] = set()
        self._told: dict[tuple[Purpose, tuple[Value, ...]], Source | None] = {}
        self._indices: dict[str, _Index] = {}
        self._haystack = Haystack()
        self._asked = 0
        for call in history:
            self.add(call)

    def add(self, call: PastCall) -> None:
        """Takes in the next call of the execution."""
        self.history.append(call)
        self._told.clear()
        entry = self._tools.get(call.tool)
        tool = entry.manifest if entry else None
        if tool is None or not call.ok or not tool.trusted_output or not self._is_vouched(tool, call):
            return
        found = records(tool.trusted_output, call.output)
        alone = len(found) == 1 and sum(not held.name for held in found[0]) <= 1
        choice = _Choice(len(self._records))
        for fields in found:
            kept = fields_without_echoes(tool, call, fields)
            if kept and alone:
                self._alone.add(len(self._records))
            if kept:
                self._records.append(_Record(tool.name, kept, choice))
        choice.end = len(self._records)

    def source_of(self, group: Sequence[Value], purpose: Purpose = "effect") -> Source | None:
        """The one source that contains every value of the group, or None."""
        asked = (purpose, tuple(group))
        if asked not in self._told:
            self._told[asked] = self._find(asked[1], purpose)
        return self._told[asked]

    def _find(self, group: Sequence[Value], purpose: Purpose) -> Source | None:
        if any(value.canonical is None for value in group):
            return None
        if any(text.names_together(group, purpose) for text in self.instructions):
            return Source("instruction", "request")
        holding = sorted((self._places(value) for value in group), key=len)
        rarest = holding[0] if holding else {}
        for candidates in (rarest.keys() & self._alone, rarest):
            found = next((n for n in candidates if self._may_be_chosen(n) and self._has(n, group)), None)
            if found is not None:
                return Source("tool", self._records[found].tool, chosen=found not in self._alone)
        return None

    def untrusted_place_of(self, value: Value) -> Place | None:
        """The first document, service's instruction or output that holds the value; says where, vouches for nothing."""
        if not len(self._haystack):
            asked = () if self.request.vouching else self.request.instructions
            for text in asked:
                self._haystack.add(Place("instruction", "request"), text)
            for name, text in self.request.documents.items():
                self._haystack.add(Place("document", name), text)
            self._asked = len(self._haystack)
        for call in self.history[len(self._haystack) - self._asked :]:
            self._haystack.add(Place("tool", call.tool), _output_text(call))
        return self._haystack.place_of(value)

    def trusted_texts(self) -> Iterator[str]:
        """Every value of a trusted field of a vouched call, as text."""
        return (str(held.value) for record in self._records for held in record.fields)

    def _is_vouched(self, tool: Tool, call: PastCall) -> bool:
        """Whether what the call looked up was chosen by somebody who may."""
        if is_derived(tool, call.arguments):
            return False
        if tool.is_effect and tool.sinks:
            return all(self.source_of(group) for group in sinks.groups(tool, call.arguments))
        purpose: Purpose = "effect" if tool.is_effect else "lookup"
        return all(
            isinstance(value.raw, bool) or self.source_of([value], purpose)
            for value in sinks.every(tool, call.arguments)
        )

    def _may_be_chosen(self, number: int) -> bool:
        """Whether the request leaves this record open among those that its lookup returned.

        Where the request names some of them, it is about those; one that it denies, it does not want.
        """
        choice = self._records[number].choice
        if choice.open is None:
            choice.open = self._open(range(choice.start, choice.end))
        return number in choice.open

    def _open(self, numbers: range) -> frozenset[int]:
        left = frozenset(n for n in numbers if not self._is_said(n, Instruction.denies))
        named = frozenset(n for n in left if self._is_said(n, Instruction.names)) if len(numbers) > 1 else left
        return named or left

    def _is_said(self, number: int, said: Callable[[Instruction, Value], bool]) -> bool:
        """Whether an instruction says it of a field of the record."""
        values = self._records[number].values
        return any(said(text, value) for text in self.instructions for value in values)

    def _has(self, number: int, group: Sequence[Value]) -> bool:
        """Whether the record holds the whole group, amounts in its own currency."""
        currencies = self._records[number].currencies
        return all(
            self._holds(number, value)
            and (value.kind != "decimal" or value.currency is None or not currencies or value.currency in currencies)
            for value in group
        )

    def _places(self, value: Value) -> Mapping[int, list[str]]:
        """The records that have the value, with the fields that hold it."""
        return self._index(value.kind).places.get(value.canonical or "", {})

    def _holds(self, record: int, value: Value) -> bool:
        """Whether the record has the value, and in a field that may vouch for it."""
        names = self._places(value).get(record)
        if not names:
            return False
        return not is_short(value.canonical or "") or any(names_same_thing(value, name) for name in names)

    def _index(self, kind: str) -> _Index:
        """The index of one format, brought up to date."""
        index = self._indices.get(kind)
        if index is None:
            index = self._indices[kind] = _Index()
        for number in range(index.seen, len(self._records)):
            for held in self._records[number].fields:
                form = forms.canonical(kind, held.value)
                if form is not None:
                    index.places.setdefault(form, {}).setdefault(number, []).append(held.name)
        index.seen = len(self._records)
        return index


def _as_value(field: Field) -> Value:
    names = frozenset(significant(words(field.name))) if field.name else frozenset[str]()
    return Value("", field.name, field.value, "text", names)


def _output_text(call: PastCall) -> str:
    """Every scalar of an output, one per line."""
    return "\n".join(str(raw) for _, raw in sinks.scalars(call.output, ""))
