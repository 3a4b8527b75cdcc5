"""What happens once per record hangs on who wrote it: among many writers of one key, exactly one is told so."""

from concurrent.futures import ThreadPoolExecutor

from tollgate.clock import SystemClock
from tollgate.store.artifacts import Artifacts
from tollgate.store.journal import Journal, screening_key

from tests.integration.gate_world import BUCKET, GateWorld, tables

__all__ = ["tables"]

EXECUTION = "exe-" + "a" * 32


def test_one_of_many_writers_has_added_the_record(tables: GateWorld) -> None:
    """The others are told that it was there, and what it says is the first writer's."""
    journal, key = Journal("gate-journal", Artifacts(BUCKET), SystemClock()), screening_key(1, 0)

    def add(number: int) -> bool:
        return journal.add(EXECUTION, key, "screening", {"by": number}, step=1)

    with ThreadPoolExecutor(8) as writers:
        told = list(writers.map(add, range(8)))
    assert told.count(True) == 1
    (record,) = journal.of_execution(EXECUTION)
    assert record.body == {"by": told.index(True)}
    assert add(9) is False
