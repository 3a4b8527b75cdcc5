"""What DescribeExecution, ListExecutions and GetExecutionHistory answer."""

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.responses import StepFunctionResponse

from local import redrive
from local.moto_fixes.patching import refusal, replace

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000


def describe_executions_completely() -> None:
    """DescribeExecution encodes a string output as JSON, and tells when a timed-out execution stopped and its redrives.

    moto answers the bare string, omits `stopDate` for TIMED_OUT, and knows no redrive.
    """

    def describe_execution(response: Any) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        return ActionResult(described(execution))

    replace(StepFunctionResponse, "describe_execution", lambda _: describe_execution)


def described(execution: Any) -> dict[str, Any]:
    """DescribeExecution's answer; a field without a value is left out."""
    answer = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "error": execution.error,
        "cause": execution.cause,
        "redriveCount": redrive.count_of(execution),
        "redriveDate": redrive.date_of(execution),
        "redriveStatus": "NOT_REDRIVABLE" if redrive.why_not(execution) else "REDRIVABLE",
        "redriveStatusReason": redrive.why_not(execution),
    }
    if execution.exec_status is ExecutionStatus.SUCCEEDED:
        answer["output"] = json.dumps(execution.output, separators=(",", ":"))
        answer["outputDetails"] = {"included": True}
    return {key: value for key, value in answer.items() if value is not None}


def list_executions_completely() -> None:
    """ListExecutions tells when a timed-out execution stopped and how often each was redriven; moto does not."""

    def list_executions(response: Any) -> ActionResult:
        executions, next_token = response.stepfunction_backend.list_executions(
            response._get_param("stateMachineArn"),
            status_filter=response._get_param("statusFilter"),
            max_results=response._get_int_param("maxResults"),
            next_token=response._get_param("nextToken"),
        )
        items = [_listed(execution) for execution in executions]
        return ActionResult({"executions": items, "nextToken": next_token})

    replace(StepFunctionResponse, "list_executions", lambda _: list_executions)


def _listed(execution: Any) -> dict[str, Any]:
    fields = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "redriveCount")
    answer = described(execution)
    return {field: answer[field] for field in (*fields, "redriveDate") if field in answer}


def page_the_history() -> None:
    """GetExecutionHistory honours maxResults, nextToken and reverseOrder; moto answers everything, forwards.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
    """

    def get_execution_history(response: Any) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))
        events = redrive.history_of(execution)
        if response._get_param("reverseOrder"):
            events.reverse()
        size = _page_size(response._get_param("maxResults"))
        start = _page_start(response._get_param("nextToken"), len(events))
        answer: dict[str, Any] = {"events": events[start : start + size]}
        if start + size < len(events):
            answer["nextToken"] = str(start + size)
        return ActionResult(answer)

    replace(StepFunctionResponse, "get_execution_history", lambda _: get_execution_history)


def _page_size(requested: int | None) -> int:
    if requested is not None and not 0 <= int(requested) <= LARGEST_PAGE:
        raise refusal(
            "ValidationException", f"Value '{requested}' at 'maxResults' must be between 0 and {LARGEST_PAGE}"
        )
    return int(requested or DEFAULT_PAGE)


def _page_start(token: str | None, length: int) -> int:
    if token is None:
        return 0
    if not token.isdecimal() or int(token) > length:
        raise refusal("InvalidToken", f"Invalid Token: '{token}' is no nextToken of this execution's history")
    return int(token)
