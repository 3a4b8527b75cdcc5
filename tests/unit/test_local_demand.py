"""The local Lambda host starts another process of a function only where that helps who waits."""

from collections.abc import Callable

import pytest

from local.lambda_host.demand import PATIENCE_SECONDS, Demand

NOW = 1000.0


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the monotonic clock to so many seconds after `NOW`."""

    def at(seconds: float) -> None:
        monkeypatch.setattr("local.lambda_host.demand.time.monotonic", lambda: NOW + seconds)

    at(0)
    return at


def demand(*, start: float, runs: list[float]) -> Demand:
    known = Demand()
    known.started(start)
    for seconds in runs:
        known.ran(seconds, first=False)
    return known


def test_function_without_a_process_is_started(at: Callable[[float], None]) -> None:
    """Nobody waits for a process that there is not."""
    assert Demand().worth_a_start(waiting=1, ready=0, starting=0, since=NOW)
    assert demand(start=0.5, runs=[0.001]).worth_a_start(waiting=1, ready=0, starting=0, since=NOW)


def test_queue_that_is_done_before_a_start_would_be_starts_nothing(at: Callable[[float], None]) -> None:
    """Forty short invocations are served by eight processes sooner than by a ninth that has to start first."""
    known = demand(start=0.5, runs=[0.02])

    assert not known.worth_a_start(waiting=40, ready=8, starting=0, since=NOW)
    assert known.worth_a_start(waiting=40, ready=1, starting=0, since=NOW)


def test_long_run_of_a_busy_moment_starts_nothing(at: Callable[[float], None]) -> None:
    """Runs that took long beside many others say that the machine was busy, and a start would make it busier."""
    assert not demand(start=0.5, runs=[0.9, 0.02, 0.8]).worth_a_start(waiting=40, ready=8, starting=0, since=NOW)


def test_function_whose_every_run_is_long_is_started(at: Callable[[float], None]) -> None:
    """Parallel invocations of what waits for a model do not wait for each other."""
    assert demand(start=0.5, runs=[10.0, 12.0]).worth_a_start(waiting=1, ready=1, starting=0, since=NOW)


def test_first_run_of_a_process_does_not_count(at: Callable[[float], None]) -> None:
    """It makes the connections that the others find, so a burst on a new process starts no crowd of new ones."""
    known = Demand()
    known.started(0.5)
    known.ran(0.2, first=True)

    assert not known.worth_a_start(waiting=49, ready=1, starting=0, since=NOW)


def test_function_that_nobody_knows_yet_gets_a_moment(at: Callable[[float], None]) -> None:
    """Without a run to go by, a start waits as long as a start takes, and no longer on a busy machine."""
    known = Demand()
    known.started(3.0)

    at(PATIENCE_SECONDS - 0.01)
    assert not known.worth_a_start(waiting=1, ready=1, starting=0, since=NOW)
    at(PATIENCE_SECONDS)
    assert known.worth_a_start(waiting=1, ready=1, starting=0, since=NOW)


def test_queue_that_does_not_move_gets_a_process(at: Callable[[float], None]) -> None:
    """A function that is suddenly slow holds nobody up for longer than a start; one that is at work does not start."""
    known = demand(start=0.4, runs=[0.02])

    at(0.39)
    assert not known.worth_a_start(waiting=1, ready=1, starting=0, since=NOW)
    at(0.41)
    assert known.worth_a_start(waiting=1, ready=1, starting=0, since=NOW)
    known.ran(0.02, first=False)
    assert not known.worth_a_start(waiting=1, ready=1, starting=0, since=NOW)


def test_at_most_as_many_start_as_are_ready(at: Callable[[float], None]) -> None:
    """A burst on nothing starts one; a wide fan-out of a slow function doubles its processes with each start's time."""
    slow = demand(start=0.5, runs=[10.0])

    assert not slow.worth_a_start(waiting=49, ready=0, starting=1, since=NOW)
    assert slow.worth_a_start(waiting=49, ready=4, starting=3, since=NOW)
    assert not slow.worth_a_start(waiting=49, ready=4, starting=4, since=NOW)


def test_runs_of_long_ago_are_forgotten(at: Callable[[float], None]) -> None:
    """A function that became slow is known as slow after fifty runs."""
    assert demand(start=0.5, runs=[0.001, *[2.0] * 50]).worth_a_start(waiting=1, ready=1, starting=0, since=NOW)
