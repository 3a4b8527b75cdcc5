"""When to wait before changing a scope's item that many are changing: one item takes 1,000 write units a second.

The item counts the leases and returns that began in the current second; each makes two writes, of one unit per begun
kilobyte. The count is advisory: a few are seen too late. `benchmarks/budgets/hot_item.py` shows what this does to a
burst of starts.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import random

CHANGES_PER_SECOND = 180
"""360 writes; the rest is for those that are seen too late, and for an item of more than one kilobyte."""

AT_ONCE = 4
"""May begin at the very start of a second; from there on the allowance grows evenly."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.3, 3.0
PAUSES = 12
"""After so many the change is made anyway: the SDK waits where DynamoDB throttles."""


def pause_seconds(second: int, changes: int, now: float, chance: random.Random) -> float:
    """0 while the second has room; else a random while, so that those who wait do not come back together.

    `changes` is the item's count for `second`.
    """
    allowed = AT_ONCE + CHANGES_PER_SECOND * (now - int(now))
    if second != int(now) or changes < allowed:
        return 0.0
    return chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
