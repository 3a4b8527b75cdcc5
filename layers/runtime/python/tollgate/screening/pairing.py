"""Whether two values belong together in a text that names several of each: A's account does not go with B's amount.

"Pay 100 EUR to A and 200 EUR to B" names two accounts and two amounts. The n-th of one kind goes with the n-th of the
other; where their numbers differ, nobody can tell, and a person is asked.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

Named = tuple[str, str]
"""A kind and the canonical form of a value of that kind."""


def belong_together(group: Sequence[Named], listed: Mapping[str, Sequence[str]]) -> bool:
    """Whether no two values of the group stand at different places of their kinds' lists.

    `listed` holds, for each kind that can be told in a text, the forms in the order in which the text names them.
    """
    told = [(kind, form) for kind, form in group if len(set(listed.get(kind, ()))) > 1]
    pairs = [(a, b) for a, b in combinations(told, 2) if a[0] != b[0]]
    return all(_pair(listed[a[0]], a[1], listed[b[0]], b[1]) for a, b in pairs)


def _pair(first: Sequence[str], one: str, second: Sequence[str], other: str) -> bool:
    return len(first) == len(second) and (one, other) in zip(first, second, strict=True)
