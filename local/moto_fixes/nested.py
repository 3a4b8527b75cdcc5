"""`states:startExecution` as a task: parameters and results with AWS's capital letters.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

import datetime
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)

from local.moto_fixes.patching import replace


def speak_the_apis_case() -> None:
    """A task may start an execution and wait for it (`.sync`, `.sync:2`).

    moto hands the task's `StateMachineArn` to a client that wants `stateMachineArn`, then looks for `ExecutionArn`
    where the client answered `executionArn`: KeyError.
    """

    def build_parameters(original: Any) -> Any:
        def _normalise_parameters(task: Any, parameters: dict[str, Any], *names: Any, **options: Any) -> None:
            original(task, parameters, *names, **options)
            _recase(parameters, str.lower)

        return _normalise_parameters

    def _normalise_response(task: Any, response: Any, *names: Any, **options: Any) -> None:
        del task, names, options
        if isinstance(response, dict):
            _recase(response, str.upper)
            response.update({key: _milliseconds(value) for key, value in response.items()})

    def build_task(original: Any) -> Any:
        def _eval_service_task(task: Any, env: Any, *arguments: Any, **options: Any) -> None:
            original(task, env, *arguments, **options)
            _normalise_response(task, env.stack[-1])

        return _eval_service_task

    replace(StateTaskServiceSfn, "_normalise_parameters", build_parameters)
    replace(StateTaskServiceSfn, "_normalise_response", lambda _: _normalise_response)
    replace(StateTaskServiceSfn, "_eval_service_task", build_task)


def _recase(document: dict[str, Any], case: Any) -> None:
    for key in list(document):
        document[case(key[0]) + key[1:]] = document.pop(key)


def _milliseconds(value: Any) -> Any:
    return int(value.timestamp() * 1000) if isinstance(value, datetime.datetime) else value
