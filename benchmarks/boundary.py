"""What the tool boundary itself costs: one validation on a warm registry, and one screening step without its tables.

    python -m benchmarks.boundary [--rounds 200]

Validation: 100 tools whose schemas all differ, asked in random order, with arguments that satisfy them and arguments
that do not. Screening: an execution of 30 steps on the local stack, whose last proposal is screened again and again
by `ScreenProposal`'s own code; what the SDK spends between taking a request's parameters and returning its answer is
taken off, everything else (the journal's 30 steps read back into Python values included) counts.
"""

import argparse
import contextlib
import copy
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tollgate.definitions.registry import Registry
from tollgate.screening.schema import violations
from tollgate.store import dynamodb
from tollgate.store.journal import model_key, screening_key
from tollgate.store.stores import Stores
from tollgate.tasks import screen_proposal

from benchmarks.converse import answer, call
from benchmarks.stack import HERE, Bench, bench
from cli.agent_registry import agent_registry

TOOLS, STEPS, ROUNDS = 100, 30, 200
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
TABLES = ("executions", "journal", "calls", "approvals", "gates", "budgets", "memory")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="What the tool boundary itself costs.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    show(parser.parse_args().rounds)


def show(rounds: int = ROUNDS) -> None:
    """The same for a caller that has no command line."""
    print(f"{'':<58}{'p50':>10}{'p99':>10}")
    for name, times in validation(random.Random(7), 50 * rounds).items():
        print(_line(f"validation, {TOOLS} tools, {name}", times, "us", 1e6))
    found = screening(rounds)
    print(_line(f"screening step after {STEPS} steps, its own time", found.own, "ms", 1e3))
    print(
        _line(f"  and in its {statistics.median(found.requests):.0f} requests to the tables", found.tables, "ms", 1e3)
    )


def _line(name: str, times: list[float], unit: str, scale: float) -> str:
    p50, p99 = statistics.median(times) * scale, statistics.quantiles(times, n=100)[98] * scale
    return f"{name:<58}{p50:>7.1f} {unit}{p99:>7.1f} {unit}"


def validation(words: random.Random, rounds: int) -> dict[str, list[float]]:
    """Seconds per validation, by whether the arguments satisfy the schema."""
    schemas = [_order_schema(number) for number in range(TOOLS)]
    for schema in schemas:
        violations(schema, {})  # compiled once per process, as a warm function has them
    return {
        "satisfied": [_seconds(*_pick(words, schemas, _order)) for _ in range(rounds)],
        "three things wrong": [_seconds(*_pick(words, schemas, _wrong_order)) for _ in range(rounds)],
    }


def _pick(words: random.Random, schemas: list[Any], make: Callable[[random.Random, int], Any]) -> tuple[Any, Any]:
    number = words.randrange(TOOLS)
    return schemas[number], make(words, number)


def _seconds(schema: dict[str, Any], value: Any) -> float:
    started = time.perf_counter()
    violations(schema, value)
    return time.perf_counter() - started


def _order_schema(number: int) -> dict[str, Any]:
    """Of the size and kinds of a real tool's: texts with patterns, numbers, an enumeration, a list of objects."""
    line = {
        "type": "object",
        "required": ["sku", "quantity"],
        "additionalProperties": False,
        "properties": {"sku": {"type": "string", "pattern": "^[A-Z0-9-]{3,20}$"}, "quantity": {"type": "integer"}},
    }
    return {
        "type": "object",
        "required": [f"order_{number}", "amount", "currency", "lines"],
        "additionalProperties": False,
        "properties": {
            f"order_{number}": {"type": "string", "minLength": 1, "maxLength": 40},
            "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000 + number},
            "currency": {"enum": ["EUR", "USD", "GBP"]},
            "due": {"type": "string", "format": "date"},
            "lines": {"type": "array", "maxItems": 50, "items": line},
            "note": {"type": ["string", "null"], "maxLength": 500},
        },
    }


def _order(words: random.Random, number: int) -> dict[str, Any]:
    return {
        f"order_{number}": f"PO-{words.randrange(10**6)}",
        "amount": round(words.uniform(1, 10_000), 2),
        "currency": words.choice(["EUR", "USD", "GBP"]),
        "due": "2026-11-30",
        "lines": [{"sku": f"SKU-{words.randrange(10**4)}", "quantity": words.randrange(1, 9)} for _ in range(4)],
        "note": None,
    }


def _wrong_order(words: random.Random, number: int) -> dict[str, Any]:
    return {**_order(words, number), "amount": "12,50", "currency": "Euro", "ammount": 1}


@dataclass
class TableTime:
    """What the SDK spent on DynamoDB, from a request's first event to its last, since it was last asked."""

    seconds: float = 0.0
    requests: int = 0
    _started: float = 0.0

    def watch(self, client: Any) -> None:
        """From now on."""
        client.meta.events.register_first("provide-client-params.dynamodb", self._begin)
        client.meta.events.register_last("after-call.dynamodb", self._end)

    def taken(self) -> tuple[float, int]:
        """Seconds and requests; counts from zero again."""
        found = self.seconds, self.requests
        self.seconds, self.requests = 0.0, 0
        return found

    def _begin(self, **_: Any) -> None:
        self._started = time.perf_counter()

    def _end(self, **_: Any) -> None:
        self.seconds += time.perf_counter() - self._started
        self.requests += 1


@dataclass(frozen=True)
class Screenings:
    """Of every round: seconds of its own, seconds in the tables, requests to them."""

    own: list[float] = field(default_factory=list)
    tables: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def screening(rounds: int) -> Screenings:
    """`ScreenProposal`'s own time per run, and what its tables took beside it."""
    script = [(call("look_up", number=number),) for number in range(STEPS)]
    found = Screenings()
    with bench([*script, (answer(),)]) as running, _environment(running):
        subject, tables = _Subject(running.run().rpartition(":")[2]), TableTime()
        tables.watch(dynamodb.client())
        for number in range(rounds):
            subject.propose(number)
            tables.taken()
            started = time.perf_counter()
            subject.screen()
            elapsed = time.perf_counter() - started
            spent, requests = tables.taken()
            found.own.append(elapsed - spent)
            found.tables.append(spent)
            found.requests.append(requests)
    return found


class _Subject:
    """The execution with one step more, proposed anew before every screening."""

    def __init__(self, execution: str) -> None:
        self._stores = Stores.from_environment()
        self._registry: Registry = agent_registry(HERE / "agents" / "clerk")
        self._execution, self._step = execution, STEPS + 2
        found = self._stores.journal.read(execution, model_key(STEPS))
        assert found is not None, "the execution that is screened has run all its steps"
        self._model = found.body

    def propose(self, number: int) -> None:
        """Forgets the step and journals a proposal that no screening has seen."""
        for table, key in (
            ("journal", {"execution_id": self._execution, "record": model_key(self._step)}),
            ("journal", {"execution_id": self._execution, "record": screening_key(self._step, 0)}),
            ("calls", {"tool_execution": f"look_up#{self._execution}", "step_call": f"{self._step:06d}#c0"}),
        ):
            name = getattr(self._stores.settings, f"{table}_table")
            dynamodb.client().delete_item(TableName=name, Key=dynamodb.to_wire(key))
        body = copy.deepcopy(self._model)
        proposed = next(block for block in body["response"]["content"] if "arguments" in block)
        proposed["arguments"] = {"number": 1_000 + number}
        self._stores.journal.write(self._execution, model_key(self._step), "model", body, step=self._step)

    def screen(self) -> None:
        """Raises `AssertionError` if the proposal does not run: nothing else is worth timing."""
        route = screen_proposal.run(self._stores, self._registry, {"execution": self._execution, "step": self._step})
        assert route["verdict"] == "run", route


@contextlib.contextmanager
def _environment(running: Bench) -> Iterator[None]:
    """This process as a function of the stack."""
    names = {**CREDENTIALS, "AWS_ENDPOINT_URL": running.stack.aws_url, "AWS_DEFAULT_REGION": running.stack.region}
    tables = {f"TOLLGATE_{name.upper()}_TABLE": f"tollgate-local-{name}" for name in TABLES}
    roots = {"TOLLGATE_AGENTS": str(Path(HERE, "agents")), "TOLLGATE_TOOLS": str(Path(HERE, "tools"))}
    before = dict(os.environ)
    os.environ.update(names | tables | roots)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    main()
