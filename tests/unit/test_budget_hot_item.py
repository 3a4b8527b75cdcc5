"""The simulation of five thousand executions on one tenant's item, with the product's own rules."""

from benchmarks.budgets.hot_item import WRITES_PER_SECOND, Load, Simulation


def test_five_thousand_executions_leave_one_item_within_what_it_takes_and_the_cap_whole() -> None:
    """With room and without: under 1,000 writes and write units a second, and not one token over the cap."""
    for cap in (10**9, 5_000 * 30_000):
        result = Simulation(Load(5_000, cap), seed=7).run()
        assert result["most_at_once"] > 4_000
        assert max(result["busiest_second"], result["busiest_second_in_units"]) < WRITES_PER_SECOND
        assert result["used"] <= cap
        assert result["cap_holds"] is True


def test_control_without_pauses_the_item_is_too_hot() -> None:
    """The same load with leases but no pauses writes more than an item takes: the pauses are what holds it."""
    result = Simulation(Load(5_000, 10**9, paced=False), seed=7).run()
    assert result["busiest_second"] > WRITES_PER_SECOND
    assert result["cap_holds"] is True
