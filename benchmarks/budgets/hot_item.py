"""Five thousand executions of one tenant at once: how often is the tenant's item written, and does its cap hold?

    python benchmarks/budgets/hot_item.py [--executions 5000] [--seed 1]

A discrete-event simulation of the product's own chunk and pause rules (`tollgate.budget.chunk`, `.pace`) and of the
writes that `tollgate.budget.leases` makes: two on the scope's item for a lease, two for a return. Time is simulated;
nothing sleeps. What is assumed is in `Load`: model calls of 2 to 20
seconds (log-normal), 3 to 20 steps, prompts that grow, and starts no faster than Step Functions admits
(StartExecution: a bucket of 1,300, refilled by 300 a second, in the large regions;
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). One item takes 1,000 writes a second
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
"""

import argparse
import heapq
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "layers" / "runtime" / "python"))

from tollgate.budget.amount import Amount
from tollgate.budget.chunk import chunk
from tollgate.budget.pace import PAUSES, pause_seconds

WRITES_PER_SECOND = 1_000
START_BURST, START_RATE = 1_300, 300


ITEM_BYTES, ENTRY_BYTES = 330, 95
"""The item without entries, and one entry, by DynamoDB's own rules of counting (names and values)."""

WRITE_SECONDS = 0.008
"""From one request to DynamoDB to the next of the same process."""


@dataclass(frozen=True)
class Load:
    """What the executions do. `leases`: by the product's rule; without, each reservation writes to the item."""

    executions: int
    cap: int
    own_cap: int = 150_000
    leases: bool = True
    paced: bool = True


@dataclass
class Execution:
    """One agent's run: its steps to come and what it holds."""

    steps: int
    prompt: int
    own: int
    left: int = 0
    taken: int = 0
    reserved: int = 0
    used: int = 0


@dataclass
class Tenant:
    """The item: what is available, who is changing it, and every write to it by second."""

    available: int
    spent: int = 0
    writes: Counter[int] = field(default_factory=Counter)
    units: Counter[int] = field(default_factory=Counter)
    """DynamoDB's write units: one per kilobyte of the item as it then is."""
    changes: Counter[int] = field(default_factory=Counter)
    """Leases and returns that began, by second; the item itself keeps the latest one only."""
    under_way: int = 0
    most_under_way: int = 0

    def begin(self, at: float) -> None:
        self._write(at)
        self.changes[int(at)] += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)

    def finish(self, at: float) -> None:
        self._write(at)
        self.under_way -= 1

    def _write(self, at: float) -> None:
        self.writes[int(at)] += 1
        self.units[int(at)] += math.ceil((ITEM_BYTES + ENTRY_BYTES * (self.under_way + 1)) / 1024)


Event = Callable[[float], None]


class Simulation:
    """Executions as events in simulated time."""

    def __init__(self, load: Load, seed: int) -> None:
        self.load, self.chance = load, random.Random(seed)
        self.tenant = Tenant(load.cap)
        self.used = self.refused = self.running = self.most_running = 0
        self.longest_pause = 0.0
        self._order = 0
        self._events: list[tuple[float, int, Event]] = []
        for number in range(load.executions):
            start = max(0.0, (number - START_BURST) / START_RATE) + self.chance.random()
            execution = Execution(self.chance.randint(3, 20), self.chance.randint(1_500, 6_000), load.own_cap)
            self._at(start, partial(self._begin, execution))

    def run(self) -> dict[str, float | int | bool]:
        while self._events:
            at, _, event = heapq.heappop(self._events)
            event(at)
        busiest = max(self.tenant.writes.values())
        committed = self.load.cap - self.tenant.available
        return {
            "executions": self.load.executions,
            "most_at_once": self.most_running,
            "writes": sum(self.tenant.writes.values()),
            "busiest_second": busiest,
            "busiest_second_in_units": max(self.tenant.units.values()),
            "most_under_way": self.tenant.most_under_way,
            "longest_pause_seconds": round(self.longest_pause, 1),
            "item_holds": busiest <= WRITES_PER_SECOND and max(self.tenant.units.values()) <= WRITES_PER_SECOND,
            "cap": self.load.cap,
            "used": self.used,
            "refused": self.refused,
            "cap_holds": self.used <= self.load.cap and self.tenant.spent == self.used == committed,
        }

    def _at(self, at: float, event: Event) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, event))

    def _begin(self, execution: Execution, at: float) -> None:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self._reserve(execution, at)

    def _reserve(self, execution: Execution, at: float) -> None:
        worst = int(execution.prompt * 1.25) + 2_048
        if execution.steps == 0 or worst > execution.own:
            self._end(execution, at)
        elif execution.left >= worst:
            self._call(execution, worst, at)
        else:
            self._calm(at, partial(self._take, execution, worst))

    def _calm(self, at: float, change: Event, since: float | None = None, pauses: int = PAUSES) -> None:
        """The change now, or after a pause while the second is full."""
        since = at if since is None else since
        pause = pause_seconds(int(at), self.tenant.changes[int(at)], at, self.chance)
        if not pause or not pauses or not self.load.paced:
            self.longest_pause = max(self.longest_pause, at - since)
            self._at(at + WRITE_SECONDS, change)
        else:
            self._at(at + pause, lambda later: self._calm(later, change, since, pauses - 1))

    def _take(self, execution: Execution, worst: int, at: float) -> None:
        missing, available = worst - execution.left, self.tenant.available
        if available < missing:
            self.refused += 1  # read, not written: the item was read a moment ago
            self._end(execution, at)
            return
        size = missing
        if self.load.leases:
            size = chunk(Amount(missing), own=Amount(execution.own), rest=Amount(available)).tokens
        self.tenant.begin(at)
        self.tenant.available -= size
        execution.left, execution.taken = execution.left + size, execution.taken + size
        self._at(at + 2 * WRITE_SECONDS, self.tenant.finish)
        self._at(at + 2 * WRITE_SECONDS, partial(self._call, execution, worst))

    def _call(self, execution: Execution, worst: int, at: float) -> None:
        execution.left, execution.own, execution.reserved = execution.left - worst, execution.own - worst, worst
        self._at(at + min(120.0, self.chance.lognormvariate(1.6, 0.6)), partial(self._settle, execution))

    def _settle(self, execution: Execution, at: float) -> None:
        actual = min(execution.reserved, execution.prompt + self.chance.randint(20, 2_048))
        back, execution.reserved = execution.reserved - actual, 0
        execution.left, execution.own = execution.left + back, execution.own + back
        execution.prompt, execution.steps = execution.prompt + self.chance.randint(200, 1_500), execution.steps - 1
        self.used += actual
        if self.load.leases:
            self._reserve(execution, at)
        else:
            self._give_back(execution, at)
            self._reserve(execution, at)

    def _end(self, execution: Execution, at: float) -> None:
        self.running -= 1
        if execution.taken:
            self._calm(at, partial(self._return, execution))

    def _return(self, execution: Execution, at: float) -> None:
        self.tenant.begin(at)
        self._at(at + 2 * WRITE_SECONDS, partial(self._give_back, execution))

    def _give_back(self, execution: Execution, at: float) -> None:
        self.tenant.finish(at)
        self.tenant.available += execution.left
        self.tenant.spent += execution.taken - execution.left
        execution.left = execution.taken = 0


def main() -> int:
    """Plenty, scarce, and the control, as JSON lines; 1 if the product's rule misses its bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    good = True
    for name, load in {
        "plenty": Load(options.executions, cap=10**9),
        "scarce": Load(options.executions, cap=options.executions * 30_000),
        "control: leases without pauses": Load(options.executions, cap=10**9, paced=False),
        "control: every reservation on the item": Load(options.executions, cap=10**9, leases=False, paced=False),
    }.items():
        result = Simulation(load, options.seed).run()
        print(json.dumps({"case": name, **result}))
        good = good and bool(result["cap_holds"] and (result["item_holds"] or not load.paced))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
