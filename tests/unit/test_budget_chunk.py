"""How much is leased at a time."""

from hypothesis import given
from hypothesis import strategies as st
from tollgate.budget.amount import Amount
from tollgate.budget.chunk import CALLS_AHEAD, SHARE_OF_THE_REST, chunk

AMOUNTS = st.builds(Amount, st.integers(0, 10**9), st.integers(0, 10**9))


@given(wanted=AMOUNTS, own=AMOUNTS, rest=AMOUNTS)
def test_a_chunk_covers_the_call_and_takes_little_more_of_a_scarce_scope(
    wanted: Amount, own: Amount, rest: Amount
) -> None:
    """At least the call; beyond it never more than the execution may spend nor than a small part of what is left."""
    got = chunk(wanted, own=own, rest=rest)
    assert got.covers(wanted)
    assert got.tokens <= max(wanted.tokens, min(own.tokens, rest.tokens // SHARE_OF_THE_REST))
    assert got.microusd <= max(wanted.microusd, min(own.microusd, rest.microusd // SHARE_OF_THE_REST))


def test_a_chunk_of_a_plentiful_scope_lasts_for_several_calls() -> None:
    """So that the scope's item is written once for many calls."""
    plenty = Amount(10**12, 10**12)
    assert chunk(Amount(5_000, 70), own=plenty, rest=plenty) == Amount(5_000 * CALLS_AHEAD, 70 * CALLS_AHEAD)
