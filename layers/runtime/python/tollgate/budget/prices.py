"""Tokens and prices -> money, in whole millionths of a dollar, always rounded up. Pure arithmetic."""

from decimal import ROUND_CEILING, Decimal

from tollgate.definitions.registry import Price
from tollgate.models.message import Usage

MICROUSD_PER_USD = 1_000_000


def cost_microusd(usage: Usage, price: Price) -> int:
    """What a call cost; never less than its provider will charge by this price list.

    A price per million tokens in dollars is a price per token in millionths. Cached tokens without a price of their
    own cost what fresh ones cost. Tokens in the total that no part accounts for cost the dearest rate.
    """
    named = usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    cost = (
        usage.input_tokens * _rate(price.input)
        + usage.output_tokens * _rate(price.output)
        + usage.cache_read_tokens * _rate(price.cache_read or price.input)
        + usage.cache_write_tokens * _rate(price.cache_write or price.input)
        + max(0, usage.total_tokens - named) * _dearest(price)
    )
    return _up(cost)


def worst_case_microusd(input_tokens: int, max_output_tokens: int, price: Price) -> int:
    """No call with at most these tokens costs more, however its input is split between fresh and cached."""
    dearest_input = max(_rate(price.input), _rate(price.cache_read), _rate(price.cache_write))
    return _up(input_tokens * dearest_input + max_output_tokens * _rate(price.output))


def _rate(dollars_per_million: float) -> Decimal:
    # Through str: 0.1 is meant, not 0.1000000000000000055.
    return Decimal(str(dollars_per_million))


def _dearest(price: Price) -> Decimal:
    return max(_rate(rate) for rate in (price.input, price.output, price.cache_read, price.cache_write))


def _up(cost: Decimal) -> int:
    return int(cost.to_integral_value(rounding=ROUND_CEILING))
