"""Money: never less than the provider charges, in whole millionths of a dollar."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tollgate.budget.prices import cost_microusd, worst_case_microusd
from tollgate.definitions.registry import Price
from tollgate.models.message import Usage

RATE = st.decimals(min_value=0, max_value=100, places=4).map(float)
COUNT = st.integers(0, 2_000_000)
PRICES = st.builds(
    Price, input=RATE, output=RATE, cache_read=RATE, cache_write=RATE, source=st.just("s"), as_of=st.just("2026-01-01")
)


def price(**rates: float) -> Price:
    return Price(**{"input": 3.0, "output": 15.0, **rates}, source="price list", as_of="2026-01-01")


def usage(fresh: int, output: int, read: int = 0, write: int = 0, total: int | None = None) -> Usage:
    parts = fresh + output + read + write
    return Usage(
        input_tokens=fresh,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=write,
        total_tokens=parts if total is None else total,
    )


def test_each_part_is_charged_at_its_own_rate() -> None:
    """A dollar per million tokens is a millionth of a dollar per token."""
    rates = price(cache_read=0.3, cache_write=3.75)
    assert cost_microusd(usage(1000, 100, 2000, 400), rates) == 3000 + 1500 + 600 + 1500


def test_a_fraction_of_a_millionth_is_rounded_up() -> None:
    """Ten thousand calls of a third of a millionth each must not be free."""
    assert cost_microusd(usage(1, 0), price(input=0.1)) == 1


def test_a_decimal_price_is_not_turned_into_a_binary_one() -> None:
    """0.1 x 10 is 1, not 2 after rounding up a binary 0.1."""
    assert cost_microusd(usage(10, 0), price(input=0.1)) == 1
    assert cost_microusd(usage(30, 0), price(input=0.1)) == 3


def test_cached_tokens_without_a_price_cost_what_fresh_ones_cost() -> None:
    """A price list that leaves caching out must not make cached tokens free."""
    assert cost_microusd(usage(0, 0, read=100, write=100), price()) == 600


def test_tokens_that_no_part_accounts_for_cost_the_dearest_rate() -> None:
    """A provider's total above its parts is billed, so it is charged."""
    assert cost_microusd(usage(10, 10, total=120), price()) == 30 + 150 + 1500


def test_a_free_model_costs_nothing() -> None:
    """A local server has no price."""
    assert cost_microusd(usage(10**6, 10**6), price(input=0, output=0)) == 0


@given(COUNT, COUNT, COUNT, COUNT, PRICES)
def test_cost_is_the_exact_sum_rounded_up(fresh: int, output: int, read: int, write: int, rates: Price) -> None:
    """Against exact fractions: never below, never a whole millionth above."""
    exact = (
        fresh * Fraction(str(rates.input))
        + output * Fraction(str(rates.output))
        + read * Fraction(str(rates.cache_read or rates.input))
        + write * Fraction(str(rates.cache_write or rates.input))
    )
    assert 0 <= cost_microusd(usage(fresh, output, read, write), rates) - exact < 1


@given(COUNT, COUNT, COUNT, COUNT, PRICES)
def test_no_split_of_the_input_costs_more_than_the_worst_case(
    fresh: int, output: int, read: int, write: int, rates: Price
) -> None:
    """What was reserved covers every way in which the provider may count the same tokens."""
    held = worst_case_microusd(fresh + read + write, output, rates)
    assert cost_microusd(usage(fresh, output, read, write), rates) <= held
