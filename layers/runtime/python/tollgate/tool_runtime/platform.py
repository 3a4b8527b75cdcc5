"""What a tool's process stands on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tollgate.store.stores import Stores


@dataclass(frozen=True)
class Platform:
    """Tables, a way to wait, and how long Lambda lets the process live."""

    stores: Stores
    remaining_seconds: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep
