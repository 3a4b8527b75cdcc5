"""The local stack around the benchmarks' own agent, tools and model, and the executions that run through it."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.converse import Block, ScriptedModel
from benchmarks.people import BenchmarkError as BenchmarkError  # whoever uses a Bench handles its errors
from benchmarks.people import People
from local.stack import LocalStack

HERE = Path(__file__).resolve().parent
POLL_SECONDS = 0.25  # the machine's own clock measures, so this only bounds the work of waiting
WAIT_SECONDS = 120.0


class Bench:
    """Executions of the agent `clerk` through the HTTP API of a running stack."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self._step_functions = stack.client("stepfunctions")
        self._people = People(stack.api_url)

    def run(self, *, gates: bool = False) -> str:
        """Runs one execution to its end, through its gates if it has any; returns its ARN."""
        execution_id, arn = self.start()
        self.until_succeeded(arn, meanwhile=(lambda: self._approve(execution_id)) if gates else None)
        return arn

    def start(self) -> tuple[str, str]:
        """Starts one execution; returns its id and its ARN."""
        execution_id = self._people.start("clerk", "Look the entries up and write them down.")
        machine = self.stack.state_machine_arn
        return execution_id, f"{machine.replace(':stateMachine:', ':execution:')}:{execution_id}"

    def until_waiting(self, arn: str, tasks: int) -> None:
        """Returns once so many tasks of the execution wait for somebody to send their token."""

        def wait() -> bool:
            return [event["type"] for event in self.history(arn)].count("TaskSubmitted") >= tasks

        wait_until(wait, self.stack, f"{tasks} tasks of {arn} wait")

    def until_succeeded(self, arn: str, *, meanwhile: Callable[[], None] | None = None) -> None:
        """Returns once the execution has ended well; as long as it has not, does `meanwhile` now and then."""

        def has_ended() -> bool:
            if self._status(arn) != "RUNNING":
                return True
            if meanwhile:
                meanwhile()
            return False

        wait_until(has_ended, self.stack, f"{arn} ends")
        if self._status(arn) != "SUCCEEDED":
            raise BenchmarkError(f"{arn} ended as {self._status(arn)}; see {self.stack.log_folder}")

    def seconds(self, arn: str) -> float:
        """From the machine's start to its end, by its own clock."""
        found = self._step_functions.describe_execution(executionArn=arn)
        return float((found["stopDate"] - found["startDate"]).total_seconds())

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of GetExecutionHistory."""
        pages = self._step_functions.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def _status(self, arn: str) -> str:
        return str(self._step_functions.describe_execution(executionArn=arn)["status"])

    def _approve(self, execution_id: str) -> None:
        """Approves what waits. The table is asked, because asking the API would keep a function busy."""
        for approval in self._waiting(execution_id):
            self._people.approve(approval)

    def _waiting(self, execution_id: str) -> list[str]:
        found = self.stack.client("dynamodb").query(
            TableName="tollgate-local-approvals",
            IndexName="by_execution",
            KeyConditionExpression="execution_id = :id",
            ExpressionAttributeValues={":id": {"S": execution_id}},
        )
        return [item["approval_id"]["S"] for item in found["Items"] if item["status"]["S"] == "pending"]


@contextmanager
def bench(script: Sequence[Sequence[Block]]) -> Iterator[Bench]:
    """A stack whose model follows `script`; nothing of it is left afterwards."""
    own = {"TOLLGATE_AGENTS": str(HERE / "agents"), "TOLLGATE_TOOLS": str(HERE / "tools")}
    with stack_with(ScriptedModel(script), lambda _: own) as stack:
        yield Bench(stack)


@contextmanager
def stack_with(model: ScriptedModel, definitions: Callable[[Path], Mapping[str, str]]) -> Iterator[LocalStack]:
    """A stack that asks this model. `definitions` may write into a folder, and returns the environment that leads to
    the agents and tools; nothing is left afterwards."""
    model.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            roots = definitions(Path(home) / "definitions")
            environ = {**os.environ, **roots, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url}
            with LocalStack(environ=environ, home=Path(home)) as stack:
                yield stack
    finally:
        model.stop()


def wait_until(holds: Callable[[], bool], stack: LocalStack, what: str, seconds: float = WAIT_SECONDS) -> None:
    """Raises `BenchmarkError` if it does not hold in time; `what` says what should have come true."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"not within {seconds:g} s: {what}; see {stack.log_folder}")
        time.sleep(POLL_SECONDS)
