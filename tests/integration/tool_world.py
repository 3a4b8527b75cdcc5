"""A ledger in an in-process AWS, one cleared call in it, and the wrapper to run it with a runner of the test's own."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tollgate.canonical import fingerprint
from tollgate.clock import SystemClock
from tollgate.definitions.registry import ToolEntry
from tollgate.models.call import Call, CallState
from tollgate.models.principal import Principal
from tollgate.models.tool import Tool
from tollgate.settings import Settings
from tollgate.store import artifacts, dynamodb
from tollgate.store.stores import Stores
from tollgate.tool_runtime.breaker import Breaker
from tollgate.tool_runtime.platform import Platform
from tollgate.tool_runtime.run_call import run_call
from tollgate.tool_runtime.runner import Runner
from tollgate.tool_runtime.tool_call import ToolCall

from local.moto_fixes.catalogue import install

ANA = Principal(id="ana", tenant="acme", kind="person")
CALLS, BUCKET = "tool-world-calls", "tool-world-artifacts"
Handler = Callable[[dict[str, Any], ToolCall], Any]
_numbers = itertools.count()


def manifest(**fields: Any) -> Tool:
    """A tool's manifest; a quick read unless told otherwise."""
    whole = {
        "schema_version": 1,
        "name": "probe",
        "description": "Probes.",
        "kind": "lambda",
        "effect": "read",
        "input_schema": {"type": "object", "properties": {"item": {"type": "string"}}},
        "timeout_seconds": 5,
        "retry": {"max_attempts": 3, "interval_seconds": 0.01, "backoff_rate": 1},
        **fields,
    }
    return Tool.model_validate(whole)


@dataclass
class Scripted:
    """A runner whose n-th start does the n-th entry: returns it, or raises it, or calls it. Remembers its calls."""

    starts: list[Any]
    checks: list[Any] = field(default_factory=list)
    seen: list[ToolCall] = field(default_factory=list)
    verified: list[ToolCall] = field(default_factory=list)
    arguments: list[dict[str, Any]] = field(default_factory=list)

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        self.seen.append(call)
        self.arguments.append(arguments)
        return self._do(self.starts[min(len(self.seen), len(self.starts)) - 1], call)

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        self.verified.append(call)
        return self._do(self.checks[min(len(self.verified), len(self.checks)) - 1], call)

    def _do(self, what: Any, call: ToolCall) -> Any:
        if isinstance(what, BaseException):
            raise what
        return what(call) if callable(what) else what


@dataclass
class Held:
    """One cleared call and what the wrapper made of it. `left` is what Lambda says is left of the process's time."""

    stores: Stores
    entry: ToolEntry
    call: Call
    left: float = 100.0
    slept: list[float] = field(default_factory=list)

    def run(self, runner: Runner, breaker: Breaker | None = None) -> dict[str, str]:
        """One invocation of the tool's function."""
        start = time.monotonic()
        platform = Platform(self.stores, lambda: self.left - (time.monotonic() - start), self.slept.append)
        event = {"execution": self.call.execution_id, "step": self.call.step, "call": self.call.call_id}
        return run_call(platform, self.entry, runner, event, breaker)

    @property
    def now(self) -> Call:
        """The item as it stands."""
        found = self.stores.calls.get(self.call.tool, self.call.execution_id, self.call.step, self.call.call_id)
        assert found is not None
        return found

    @property
    def result(self) -> Any:
        """What the model will read of a call that is over."""
        assert self.now.state == CallState.DONE
        return self.now.result

    def leave_started(self, *, lease_until: float = 0.0) -> Call:
        """The item as a process leaves it that died in its handler."""
        return self.stores.calls.start(
            self.now,
            attempt_id="dead",
            now=0.0,
            lease_until=lease_until,
            manifest_digest=self.entry.digest,
            policy_digest=self.entry.policy_digest,
        )


@dataclass(frozen=True)
class ToolWorld:
    """The tables; every call is an execution's of its own."""

    stores: Stores

    def cleared(self, tool: Tool | None = None, **call: Any) -> Held:
        """A call that screening let through."""
        tool = tool or manifest()
        entry = ToolEntry(manifest=tool, digest="sha256:m", policy_digest="sha256:p", function_name="f")
        item: dict[str, Any] = {
            "execution_id": f"exe-{next(_numbers):032x}",
            "step": 1,
            "call_id": "c0",
            "tool": tool.name,
            "tool_use_id": "u0",
            "state": CallState.CLEARED,
            "arguments": {"item": "a"},
            "policy_digest": entry.policy_digest,
            "manifest_digest": entry.digest,
            "principal": ANA,
            **call,
        }
        return Held(self.stores, entry, self.stores.calls.screened(Call(**proven(item))))


def proven(item: dict[str, Any]) -> dict[str, Any]:
    """The fields of a call with the fingerprint that screening gives them."""
    made = fingerprint(
        tool=item["tool"],
        manifest_digest=item["manifest_digest"],
        tenant=item["principal"].tenant,
        execution_id=item["execution_id"],
        call_key=f"{item['step']:06d}#{item['call_id']}#{item.get('round', 0)}",
        arguments=item["arguments"],
        expires_at=item.get("expires_at", 0),
    )
    return {**item, "fingerprint": made}


@contextmanager
def open_world(patch: pytest.MonkeyPatch) -> Iterator[ToolWorld]:
    """The ledger's table and the bucket in an AWS of this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "test")
    patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        install()  # without it, moto's conditional writes are not atomic
        forget_clients()
        create_tables()
        yield ToolWorld(Stores(Settings(calls_table=CALLS, bucket=BUCKET), SystemClock()))
    forget_clients()


def create_tables() -> None:
    """As the template makes them."""
    boto3.client("dynamodb").create_table(
        TableName=CALLS,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "tool_execution", "KeyType": "HASH"},
            {"AttributeName": "step_call", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("tool_execution", "step_call")
        ],
    )
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def forget_clients() -> None:
    """Clients are kept for the life of a process; each test file has its own AWS."""
    boto3.setup_default_session()
    dynamodb.client.cache_clear()
    artifacts._client.cache_clear()


@pytest.fixture(scope="module")
def tools() -> Iterator[ToolWorld]:
    """One ledger for the tests of a file."""
    with pytest.MonkeyPatch.context() as patch, open_world(patch) as world:
        yield world
