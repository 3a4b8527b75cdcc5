"""Error names: what a failed task reports, and which Retry and Catch it meets.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import importlib
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from moto.stepfunctions.parser.api import (
    ExecutionFailedEventDetails,
    HistoryEventType,
    TaskFailedEventDetails,
    TaskTimedOutEventDetails,
)
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import LambdaFunctionErrorException
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

from local.moto_fixes.patching import replace

UNCATCHABLE = frozenset({"States.DataLimitExceeded", "States.Runtime"})
# The modules that turn a name they were told into an ErrorName.
_REPORTING_MODULES = (
    "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker",
    "moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback",
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda",
)


def match_wildcards_as_aws() -> None:
    """States.ALL misses States.DataLimitExceeded and States.Runtime; States.TaskFailed misses these and States.Timeout.

    States.Timeout also matches a missed heartbeat, whose own name came later. In moto States.ALL matches everything,
    so an agent whose state grew too large is caught locally and fails on AWS.
    """

    def _eval_body(declaration: Any, env: Any) -> None:
        reported = env.stack.pop()
        error = reported.error_name if isinstance(reported, ErrorName) else reported
        env.stack.append(any(_matches(name.error_name, error) for name in declaration.error_names))

    replace(ErrorEqualsDecl, "_eval_body", lambda _: _eval_body)


def _matches(pattern: str | None, error: str | None) -> bool:
    if pattern == error:
        return True
    if pattern == "States.ALL":
        return error not in UNCATCHABLE
    if pattern == "States.TaskFailed":
        return error not in UNCATCHABLE | {"States.Timeout", "States.HeartbeatTimeout"}
    return pattern == "States.Timeout" and error == "States.HeartbeatTimeout"


class ReportedErrorName(ErrorName):
    """A name as somebody reported it: a function, a callback, or a failed iteration."""


def pass_on_reserved_names() -> None:
    """A Map or Parallel fails with its iteration's error, and a callback with its own, also if that is `States...`.

    moto refuses the prefix while it handles the failure, so that States.Timeout inside a Map becomes States.Runtime.
    """

    def named(error_name: str | None) -> ErrorName:
        return ReportedErrorName(error_name)

    for module in _REPORTING_MODULES:
        replace(importlib.import_module(module), CustomErrorName.__name__, lambda _: named)


def name_missed_heartbeats() -> None:
    """A task that stops beating fails with States.HeartbeatTimeout; moto says States.Timeout."""

    def build(original: Any) -> Any:
        def _from_error(task: Any, env: Any, ex: Exception) -> Any:
            if not isinstance(ex, HeartbeatTimeoutError):
                return original(task, env, ex)
            details = TaskTimedOutEventDetails(
                resourceType=task._get_sfn_resource_type(),
                resource=task._get_sfn_resource(),
                error="States.HeartbeatTimeout",
            )
            return FailureEvent(
                env=env,
                error_name=ReportedErrorName("States.HeartbeatTimeout"),
                event_type=HistoryEventType.TaskTimedOut,
                event_details=_details(taskTimedOutEventDetails=details),
            )

        return _from_error

    replace(StateTaskServiceCallback, "_from_error", build)


def name_unreachable_functions() -> None:
    """A Lambda endpoint that is down or hangs gives Lambda.SdkClientException or ...ClientExecutionTimeoutException.

    moto reports States.Runtime, which no Retry can name.
    """

    def build(original: Any) -> Any:
        def _from_error(task: Any, env: Any, ex: Exception) -> Any:
            if not isinstance(ex, BotoCoreError):
                return original(task, env, ex)
            hangs = isinstance(ex, ReadTimeoutError | ConnectTimeoutError)
            name = "Lambda.ClientExecutionTimeoutException" if hangs else "Lambda.SdkClientException"
            return _task_failed(task, env, name, str(ex))

        return _from_error

    replace(StateTaskServiceLambda, "_from_error", build)


def survive_answers_without_a_request_id() -> None:
    """A refusal of the Lambda endpoint is `Lambda.<code>` with or without a request id; moto needs one (KeyError)."""

    def build(original: Any) -> Any:
        def _from_error(task: Any, env: Any, ex: Exception) -> Any:
            if isinstance(ex, ClientError):
                ex.response["ResponseMetadata"].setdefault("RequestId", "null")
            return original(task, env, ex)

        return _from_error

    replace(StateTaskServiceLambda, "_from_error", build)


def name_errors_without_a_type() -> None:
    """A function error without `errorType` is Lambda.Unknown; moto says Exception."""

    def build(original: Any) -> Any:
        def _from_error(task: Any, env: Any, ex: Exception) -> Any:
            if isinstance(ex, LambdaFunctionErrorException) and not _error_type(ex.payload):
                return _task_failed(task, env, "Lambda.Unknown", ex.payload)
            return original(task, env, ex)

        return _from_error

    replace(StateTaskServiceLambda, "_from_error", build)


def name_unmatched_choices() -> None:
    """A Choice without a matching rule or Default fails with States.NoChoiceMatched; moto says States.Runtime."""

    def build(original: Any) -> Any:
        def _eval_state(choice: Any, env: Any) -> None:
            try:
                original(choice, env)
            except RuntimeError as error:
                if choice.default_state is not None or "No branching option" not in str(error.args[0]):
                    raise
                cause = f"No rule of the Choice state '{choice.name}' matched its input, and it has no Default."
                raise _execution_failure(env, "States.NoChoiceMatched", cause) from error

        return _eval_state

    replace(StateChoice, "_eval_state", build)


def runtime_failure(env: Any, cause: str) -> FailureEventException:
    """The exception that fails a state with States.Runtime."""
    return _execution_failure(env, "States.Runtime", cause)


def _execution_failure(env: Any, name: str, cause: str) -> FailureEventException:
    details = _details(executionFailedEventDetails=ExecutionFailedEventDetails(error=name, cause=cause))
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=ReportedErrorName(name),
            event_type=HistoryEventType.ExecutionFailed,
            event_details=details,
        )
    )


def _task_failed(task: Any, env: Any, name: str, cause: str) -> FailureEvent:
    details = TaskFailedEventDetails(
        error=name, cause=cause, resource=task._get_sfn_resource(), resourceType=task._get_sfn_resource_type()
    )
    return FailureEvent(
        env=env,
        error_name=ReportedErrorName(name),
        event_type=HistoryEventType.TaskFailed,
        event_details=_details(taskFailedEventDetails=details),
    )


def _error_type(payload: str) -> str | None:
    try:
        document = json.loads(payload)
    except ValueError:
        return None
    return document.get("errorType") if isinstance(document, dict) else None


def _details(**one: Any) -> Any:
    return one  # moto's type wants all thirty kinds of details at once; an event has one
