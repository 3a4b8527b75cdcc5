"""The local Lambda host starts another process of a function only where that helps who waits."""

from local.lambda_host.demand import Demand


def demand(*, start: float, runs: list[float]) -> Demand:
    known = Demand()
    known.started(start)
    for seconds in runs:
        known.ran(seconds)
    return known


def test_function_that_nobody_knows_yet_is_started() -> None:
    """Without a run and a start to compare, every parallel invocation gets a process, as on Lambda."""
    only_started = Demand()
    only_started.started(0.5)

    assert Demand().worth_a_start(waiting=1, processes=1, waited=0.0)
    assert only_started.worth_a_start(waiting=1, processes=1, waited=0.0)


def test_function_without_a_process_is_started() -> None:
    """Nobody waits for a process that there is not."""
    assert demand(start=0.5, runs=[0.001]).worth_a_start(waiting=1, processes=0, waited=0.0)


def test_queue_that_is_done_before_a_start_would_be_starts_nothing() -> None:
    """Forty short invocations are served by eight processes sooner than by a ninth that has to start first."""
    known = demand(start=0.5, runs=[0.02])

    assert not known.worth_a_start(waiting=40, processes=8, waited=0.0)
    assert known.worth_a_start(waiting=40, processes=1, waited=0.0)


def test_long_run_of_a_busy_moment_starts_nothing() -> None:
    """Runs that took long beside many others say that the machine was busy, and a start would make it busier."""
    assert not demand(start=0.5, runs=[0.9, 0.02, 0.8]).worth_a_start(waiting=40, processes=8, waited=0.0)


def test_function_whose_every_run_is_long_is_started() -> None:
    """Parallel invocations of what waits for a model do not wait for each other."""
    assert demand(start=0.5, runs=[10.0, 12.0]).worth_a_start(waiting=1, processes=1, waited=0.0)


def test_who_waited_as_long_as_a_start_takes_gets_one() -> None:
    """A function that is suddenly slow holds nobody up for longer than a start."""
    known = demand(start=0.5, runs=[0.02])

    assert not known.worth_a_start(waiting=1, processes=1, waited=0.49)
    assert known.worth_a_start(waiting=1, processes=1, waited=0.5)


def test_runs_of_long_ago_are_forgotten() -> None:
    """A function that became slow is known as slow after fifty runs."""
    assert demand(start=0.5, runs=[0.001, *[2.0] * 50]).worth_a_start(waiting=1, processes=1, waited=0.0)
