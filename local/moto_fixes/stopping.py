"""StopExecution: ABORTED at once, whatever the execution is doing.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
"""

import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.responses import StepFunctionResponse

from local.moto_fixes import lifecycle
from local.moto_fixes.patching import replace


def abort_at_once() -> None:
    """A stopped execution is ABORTED when StopExecution answers, and no further state starts.

    moto only marks the program as stopped: an execution that waits for a token or for a function stays RUNNING until
    that returns, which can be days.
    """

    def stop(execution: Any, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
        environment = execution.exec_worker.env
        environment.set_stop(stop_date=stop_date, cause=cause, error=error)
        details = {key: value for key, value in (("error", error), ("cause", cause)) if value is not None}
        environment.event_manager.add_event(
            lifecycle.context_at_the_start(),
            HistoryEventType.ExecutionAborted,
            {"executionAbortedEventDetails": details},
        )
        lifecycle.wake(environment)

    replace(Execution, "stop", lambda _: stop)


def end_stopped_states_silently() -> None:
    """A state that is stopped while it works or waits reports nothing: it has not failed and is not retried.

    moto lets it report the timeout with which its wait was broken off, and then fail because nothing may follow.
    """

    def build(original: Any) -> Any:
        def _evaluate_with_timeout(state: Any, env: Any) -> None:
            try:
                original(state, env)
            except Exception:
                if env.is_running():
                    raise

        return _evaluate_with_timeout

    replace(ExecutionState, "_evaluate_with_timeout", build)


def keep_error_and_cause() -> None:
    """DescribeExecution tells the error and cause that the stopper gave; moto reads neither from the request."""

    def stop_execution(response: Any) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        now = datetime.datetime.now(tz=datetime.UTC)
        execution.stop(stop_date=now, error=response._get_param("error"), cause=response._get_param("cause"))
        return ActionResult({"stopDate": execution.stop_date})

    replace(StepFunctionResponse, "stop_execution", lambda _: stop_execution)
