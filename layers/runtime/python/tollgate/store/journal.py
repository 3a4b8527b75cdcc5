"""The journal: what was decided, once. A record that is written is never paid for, asked or computed again."""

from collections.abc import Iterator
from typing import Any

from tollgate.clock import Clock, iso
from tollgate.errors import ConflictError
from tollgate.models.record import Record, RecordKind
from tollgate.store.artifacts import Artifacts
from tollgate.store.dynamodb import Item, Table


def model_key(step: int) -> str:
    """The model's response of a step."""
    return f"{step:06d}#10#model"


def check_key(step: int, call_id: str, check: str, about: str) -> str:
    """What an external check said about a call of a step, or with no call about the request or the answer."""
    return f"{step:06d}#15#{call_id}#{check}#{about}#check"


def screening_key(step: int, number: int) -> str:
    """The n-th screening of a step's proposal."""
    return f"{step:06d}#20#{number:03d}#screening"


def result_key(step: int, call_id: str) -> str:
    """What the model reads about one call."""
    return f"{step:06d}#40#{call_id}#result"


def summary_key(step: int) -> str:
    """The model's own words about an end after this step."""
    return f"{step:06d}#71#summary"


class Journal:
    """Table `journal`: pk `execution_id`, sk `record`; index `in_order` by `at`."""

    def __init__(self, table: str, artifacts: Artifacts, clock: Clock) -> None:
        self._table = Table(table)
        self._artifacts = artifacts
        self._clock = clock

    def write(self, execution_id: str, record: str, kind: RecordKind, body: dict[str, Any], *, step: int) -> Record:
        """Writes the record, or returns the one that is there: first write wins, for good."""
        item = self._item(execution_id, record, kind, body, step)
        if self._put_first(item):
            return self._record(item)
        existing = self.read(execution_id, record)
        if existing is None:
            raise ConflictError(f"record {record} of {execution_id} was there and is gone")
        return existing

    def add(self, execution_id: str, record: str, kind: RecordKind, body: dict[str, Any], *, step: int) -> bool:
        """Writes the record; False if it was there. What shall happen once per record hangs on this answer."""
        return self._put_first(self._item(execution_id, record, kind, body, step))

    def read(self, execution_id: str, record: str) -> Record | None:
        """The record under its key, or None."""
        found = self._table.get({"execution_id": execution_id, "record": record})
        return self._record(found) if found else None

    def of_execution(self, execution_id: str, *, from_step: int = 0) -> Iterator[Record]:
        """All records by key: step by step, model before screening before results."""
        values = {":id": execution_id, ":from": f"{from_step:06d}"}
        for item in self._table.query("execution_id = :id AND #record >= :from", values, names={"#record": "record"}):
            yield self._record(item)

    def of_step(self, execution_id: str, step: int) -> list[Record]:
        """The records of one step by key."""
        values = {":id": execution_id, ":step": f"{step:06d}#"}
        query = "execution_id = :id AND begins_with(#record, :step)"
        return [self._record(item) for item in self._table.query(query, values, names={"#record": "record"})]

    def in_order(self, execution_id: str, *, after: str = "") -> Iterator[Record]:
        """The records as they happened, after the given `at`; lazily, because one may be long."""
        values = {":id": execution_id, ":after": after or "0"}
        items = self._table.query("execution_id = :id AND #at > :after", values, index="in_order", names={"#at": "at"})
        return map(self._record, items)

    def _put_first(self, item: Item) -> bool:
        try:
            self._table.put(item, condition="attribute_not_exists(execution_id)")
        except ConflictError:
            return False
        return True

    def _item(self, execution_id: str, record: str, kind: str, body: dict[str, Any], step: int) -> Item:
        return {
            "execution_id": execution_id,
            "record": record,
            "kind": kind,
            "step": step,
            "at": f"{iso(self._clock.now())}#{record}",
            "body": self._artifacts.pack(f"journal/{execution_id}/{record}", body),
        }

    def _record(self, item: Item) -> Record:
        return Record(
            execution_id=item["execution_id"],
            record=item["record"],
            kind=item["kind"],
            step=item["step"],
            at=item["at"],
            body=self._artifacts.unpack(item["body"]),
        )
