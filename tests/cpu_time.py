"""The CPU time of some work by itself: the garbage of all tests before it is not collected meanwhile."""

import time
import timeit
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Of one run. `timeit` switches the collector off, whose full round takes most of a second late in a whole run."""
    return timeit.timeit(work, number=1, timer=time.process_time)
