"""What an execution keeps back of its own limits for the one model call that may write its summary."""

from tollgate.budget.amount import Amount
from tollgate.budget.prices import worst_case_microusd
from tollgate.definitions.registry import Price
from tollgate.models.execution import Limits


def kept_back(limits: Limits, price: Price) -> Amount:
    """`summary_tokens`, and what they cost at the worst, however they fall into input and output."""
    tokens = limits.summary_tokens
    return Amount(tokens, max(worst_case_microusd(tokens, 0, price), worst_case_microusd(0, tokens, price)))
