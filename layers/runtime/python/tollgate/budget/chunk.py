"""How much an execution leases at a time: enough to leave the scope's item alone, little where little is left."""

from tollgate.budget.amount import Amount

CALLS_AHEAD = 8
"""A lease is meant to last this many model calls of the size at hand."""

SHARE_OF_THE_REST = 16
"""No lease beyond the call at hand takes more than this part of what a scope has left: others want to run, too."""


def chunk(wanted: Amount, *, own: Amount, rest: Amount) -> Amount:
    """At least `wanted`; more only while the execution may spend it (`own`) and the scope has plenty (`rest`)."""
    ahead = wanted.times(CALLS_AHEAD).at_most(own).at_most(rest.share(SHARE_OF_THE_REST))
    return ahead.at_least(wanted)
