"""One budget of second attempts per execution, over wrapper, state machine and model."""

from typing import Any

import pytest
from tollgate.models.record import Record
from tollgate.retry_budget import RETRIES, is_spent


def record(kind: Any, step: int, **body: Any) -> Record:
    return Record(execution_id="exe-1", record=f"{step:06d}", kind=kind, step=step, at="now", body=body)


@pytest.mark.parametrize(("attempts", "spent"), [(RETRIES, False), (RETRIES + 1, True)])
def test_attempts_after_the_first_are_what_counts(attempts: int, spent: bool) -> None:
    """A call that worked at once costs nothing."""
    assert is_spent([record("result", 1, attempts=attempts)], 2) is spent


def test_all_layers_are_added_up() -> None:
    """Starts of calls by wrapper and machine, and the machine's retries of model calls."""
    half = RETRIES // 2
    records = [record("result", 1, attempts=half + 1), record("model", 2, attempt=half), record("screening", 2)]
    assert is_spent(records, 3)
    assert not is_spent(records[:1], 3)


def test_calls_that_never_started_give_nothing_back() -> None:
    """A refused call has no attempts, which is not minus one."""
    refused = [record("result", 1, attempts=0)] * 50
    assert not is_spent([*refused, record("result", 1, attempts=RETRIES)], 2)
    assert is_spent([*refused, record("result", 1, attempts=RETRIES + 1)], 2)


def test_own_step_and_steps_before_a_redrive_do_not_count() -> None:
    """A screening says the same when it is repeated, and a person who redrives gives a new budget."""
    records = [record("result", 1, attempts=500)]
    assert not is_spent(records, 1)
    assert not is_spent(records, 2, resumed={2})
