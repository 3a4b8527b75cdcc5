"""RedriveExecution: an execution that did not succeed goes on at the state that failed, under the same ARN.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html

AWS re-runs only the failed iterations of a Map and the failed branches of a Parallel. Here the top-level state is
entered again as a whole, with the input that the history recorded; its entry appears in the history once more. A
machine whose tasks may run twice cannot tell the difference.
"""

import copy
import datetime
import json
import threading
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.flow.start_at import StartAt
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.responses import StepFunctionResponse

from local.moto_fixes import lifecycle
from local.moto_fixes.patching import refusal, replace

REDRIVABLE_FOR = datetime.timedelta(days=14)
REDRIVABLE_EVENTS = 24_999  # a longer history has no room for the redrive and one event more
TOKEN_LIFETIME = datetime.timedelta(minutes=15)
_REDRIVING = threading.Lock()


@dataclass(frozen=True)
class Redrive:
    """One redrive: its number, when it was asked for, and the caller's idempotency token."""

    count: int
    at: datetime.datetime
    client_token: str | None


@dataclass(frozen=True)
class ReentryPoint:
    """The top-level state to enter again, and the input it gets."""

    state: str
    state_input: Any


def count_of(execution: Any) -> int:
    """How often the execution was redriven."""
    last = _last(execution)
    return last.count if last else 0


def date_of(execution: Any) -> datetime.datetime | None:
    """When the execution was last redriven."""
    last = _last(execution)
    return last.at if last else None


def why_not(execution: Any) -> str | None:
    """AWS's `redriveStatusReason`, or None if the execution may be redriven."""
    if execution.exec_status in (ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven"
    if len(history_of(execution)) >= REDRIVABLE_EVENTS:
        return "Execution history event limit exceeded"
    if datetime.datetime.now(tz=datetime.UTC) - execution.stop_date > REDRIVABLE_FOR:
        return "Execution redrivable period exceeded"
    return None


def redrive(execution: Any, client_token: str | None = None) -> Redrive:
    """The execution is RUNNING again when this returns; the same `client_token` redrives once in 15 minutes.

    Raises:
        ExecutionNotRedrivable: with the reason that DescribeExecution tells too.
    """
    with _REDRIVING:
        last = _last(execution)
        now = datetime.datetime.now(tz=datetime.UTC)
        if last and client_token and last.client_token == client_token and now - last.at < TOKEN_LIFETIME:
            return last
        reason = why_not(execution)
        if reason:
            raise refusal("ExecutionNotRedrivable", f"Execution Not Redrivable: '{reason}'")
        execution.redrive = Redrive(count_of(execution) + 1, now, client_token)
        _run_again(execution, reentry_point(_definition(execution), history_of(execution)))
        return _require_last(execution)


def reentry_point(definition: dict[str, Any], history: list[dict[str, Any]]) -> ReentryPoint:
    """Where a redriven execution goes on: at the state that was entered and not left, else at the one after the last.

    A Choice that was left just before the end is entered again: it has no effect, and the history does not tell where
    it led.
    """
    point, left = ReentryPoint(definition["StartAt"], json.loads(_started_with(history))), False
    for event in history:
        entered, exited = event.get("stateEnteredEventDetails"), event.get("stateExitedEventDetails")
        if entered and entered["name"] in definition["States"]:
            point, left = ReentryPoint(entered["name"], json.loads(entered["input"])), False
        elif exited and exited["name"] == point.state:
            output, left = exited["output"], True
    following = definition["States"][point.state].get("Next") if left else None
    return ReentryPoint(following, json.loads(output)) if following else point


def count_redrives_in_the_context() -> None:
    """`$$.Execution.RedriveCount` and ISO times are in the context object, as on AWS; moto has neither.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """

    def build(original: Any) -> Any:
        def _get_evaluation_environment(worker: Any) -> Any:
            environment = original(worker)
            data = environment.states.context_object.context_object_data["Execution"]
            last = _last(worker._execution_communication.execution)
            data["StartTime"] = _iso(data["StartTime"])
            data["RedriveCount"] = last.count if last else 0
            if last:
                data["RedriveTime"] = _iso(last.at)
            return environment

        return _get_evaluation_environment

    replace(ExecutionWorker, "_get_evaluation_environment", build)


def answer_redrive_execution() -> None:
    """RedriveExecution exists; in moto it does not."""

    def redrive_execution(response: Any) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        return ActionResult({"redriveDate": redrive(execution, response._get_param("clientToken")).at})

    StepFunctionResponse.redrive_execution = redrive_execution  # type: ignore[attr-defined]


def _run_again(execution: Any, point: ReentryPoint) -> None:
    worker, history = execution.exec_worker, history_of(execution)
    program = copy.copy(worker._get_evaluation_entrypoint())
    program.start_at = StartAt(start_at_name=point.state)
    environment = worker._get_evaluation_environment()
    manager = environment.event_manager  # a new one: what still runs of the old attempt writes nowhere
    manager._history_event_list.extend(history)
    manager._event_id_gen._next_id = len(history) + 1
    manager.execution = execution
    environment.event_history_context = EventHistoryContext(previous_event_id=len(history))
    environment.states.reset(point.state_input)
    execution.stop_date = execution.error = execution.cause = None
    worker.env = environment
    manager.add_event(
        environment.event_history_context,
        HistoryEventType.ExecutionRedriven,
        {"executionRedrivenEventDetails": {"redriveCount": count_of(execution)}},
    )
    lifecycle.run(execution, program, environment)


def history_of(execution: Any) -> list[dict[str, Any]]:
    """The execution's events so far; an event never changes, so only the list is copied."""
    events: list[dict[str, Any]] = execution.exec_worker.env.event_manager._history_event_list
    return list(events)


def _definition(execution: Any) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(execution.state_machine.definition)
    return definition


def _started_with(history: list[dict[str, Any]]) -> str:
    return str(history[0]["executionStartedEventDetails"]["input"])


def _last(execution: Any) -> Redrive | None:
    return getattr(execution, "redrive", None)


def _require_last(execution: Any) -> Redrive:
    last: Redrive = execution.redrive
    return last


def _iso(time: Any) -> str:
    text: str = time.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
