"""The journal: the first write of a record wins for good, however large it is and however many write at once."""

from itertools import islice

from tollgate.store.artifacts import INLINE_BYTES

from tests.integration.budget_world import race
from tests.integration.task_world import TaskWorld, tasks

__all__ = ["tasks"]


def identity(name: str) -> str:
    return f"exe-{name:0>32}"


def test_second_write_returns_the_first_and_changes_nothing(tasks: TaskWorld) -> None:
    """A retry that computed something else gets what was written first."""
    journal, one = tasks.stores.journal, identity("a1")
    first = journal.write(one, "000001#10#model", "model", {"n": 1}, step=1)
    second = journal.write(one, "000001#10#model", "model", {"n": 2}, step=1)
    assert first == second
    found = journal.read(one, "000001#10#model")
    assert found is not None
    assert found.body == {"n": 1}


def test_record_too_large_for_an_item_is_whole_again_when_read(tasks: TaskWorld) -> None:
    """Beyond 64 KB the body is an object in the bucket; the order and the text stay."""
    text = "ü" * INLINE_BYTES
    tasks.stores.journal.write(identity("a2"), "000001#40#c0#result", "result", {"text": text}, step=1)
    (record,) = tasks.stores.journal.of_execution(identity("a2"))
    assert record.body == {"text": text}


def test_late_large_write_of_a_loser_does_not_change_what_won(tasks: TaskWorld) -> None:
    """The object of a record that lost must not stand where the winner's reader looks."""
    journal, one = tasks.stores.journal, identity("a3")
    journal.write(one, "000001#10#model", "model", {"text": "a" * 2 * INLINE_BYTES}, step=1)
    answered = journal.write(one, "000001#10#model", "model", {"text": "b" * 2 * INLINE_BYTES}, step=1)
    found = journal.read(one, "000001#10#model")
    assert found is not None
    assert (found.body["text"][0], answered.body["text"][0]) == ("a", "a")


def test_twenty_writers_at_once_have_one_record(tasks: TaskWorld) -> None:
    """All of them are answered with the same body, and it is the one that is read."""
    journal, one = tasks.stores.journal, identity("a4")
    written = race(20, lambda number: journal.write(one, "000001#10#model", "model", {"n": number}, step=1).body["n"])
    found = journal.read(one, "000001#10#model")
    assert found is not None
    assert set(written) == {found.body["n"]}


def test_records_are_read_by_step_and_as_they_happened(tasks: TaskWorld) -> None:
    """By key: step by step. By time: in the order of writing, from a cursor on, without doubles."""
    journal, one = tasks.stores.journal, identity("a5")
    for step, name in ((2, "10#model"), (1, "40#c0#result"), (1, "10#model"), (10, "10#model")):
        tasks.clock.at += 1
        journal.write(one, f"{step:06d}#{name}", "model", {}, step=step)
    assert [record.step for record in journal.of_execution(one)] == [1, 1, 2, 10]
    assert [record.record for record in journal.of_step(one, 1)] == ["000001#10#model", "000001#40#c0#result"]
    first = list(islice(journal.in_order(one), 2))
    assert [record.step for record in first] == [2, 1]
    assert [record.step for record in journal.in_order(one, after=first[-1].at)] == [1, 10]
