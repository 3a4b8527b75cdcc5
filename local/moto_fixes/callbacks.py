"""Task tokens: each wakes its task once, while the task waits, and is refused ever after.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
"""

import json
import threading
import time
from typing import Any

from moto.core.responses import EmptyResult
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackEndpoint,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackPoolManager,
    HeartbeatTimedOut,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.moto_fixes.patching import refusal, replace

# An outcome accepted this close to the task's timeout could be overtaken by it.
DEADLINE_MARGIN_SECONDS = 0.05
MAX_OUTPUT_BYTES = 262_144


class Tokens:
    """Every token ever handed out, and whether its task still waits for it."""

    def __init__(self) -> None:
        self._endpoints: dict[str, Any] = {}
        self._lock = threading.Lock()

    def add(self, endpoint: Any) -> None:
        with self._lock:
            self._endpoints[endpoint.callback_id] = endpoint

    def clear(self) -> None:
        with self._lock:
            self._endpoints.clear()

    def deliver(self, token: str, outcome: CallbackOutcome) -> None:
        """The waiting task goes on with `outcome`; AWS's refusal if no task waits for this token."""
        with self._lock:
            endpoint = self._waiting(token)
            endpoint.notify(outcome)

    def beat(self, token: str) -> None:
        """The task's heartbeat clock starts again; a task without one accepts the beat and ignores it."""
        with self._lock:
            self._waiting(token).notify_heartbeat()

    def close(self, endpoint: Any) -> CallbackOutcome | None:
        """No outcome is accepted any more; the one that was accepted before, if any."""
        with self._lock:
            endpoint.closed = True
            outcome: CallbackOutcome | None = endpoint.get_outcome()
            return outcome

    def _waiting(self, token: str) -> Any:
        endpoint = self._endpoints.get(token)
        if endpoint is None:
            raise refusal("InvalidToken", "Invalid Token: 'Invalid token'")
        over = endpoint.closed or endpoint._notify_event.is_set() or time.monotonic() > endpoint.deadline
        if over or not endpoint.environment.is_running():
            raise refusal("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return endpoint


TOKENS = Tokens()


def reject_late_callbacks() -> None:
    """A second or late callback answers TaskTimedOut and changes nothing; moto accepts it and overwrites the first.

    One table of tokens replaces moto's search through all executions, which answers 500 as long as any execution of
    any machine is starting.
    """

    def send_task_success(backend: Any, task_token: str, outcome: str) -> None:
        del backend
        TOKENS.deliver(task_token, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))

    def send_task_failure(backend: Any, task_token: str, error: str | None = None, cause: str | None = None) -> None:
        del backend
        TOKENS.deliver(task_token, CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))

    def send_task_heartbeat(backend: Any, task_token: str) -> None:
        del backend
        TOKENS.beat(task_token)

    replace(StepFunctionsParserBackend, "send_task_success", lambda _: send_task_success)
    replace(StepFunctionsParserBackend, "send_task_failure", lambda _: send_task_failure)
    replace(StepFunctionsParserBackend, "send_task_heartbeat", lambda _: send_task_heartbeat)


def register_tokens() -> None:
    """A token can be told from one that never existed, also after its task ended."""

    def build_init(original: Any) -> Any:
        def initialise(endpoint: Any, callback_id: str, *arguments: Any) -> None:
            original(endpoint, callback_id, *arguments)
            endpoint.closed, endpoint.deadline, endpoint.environment = False, float("inf"), _NOT_YET_OWNED

        return initialise

    def build_add(original: Any) -> Any:
        def add(pool: Any, callback_id: str) -> Any:
            endpoint = original(pool, callback_id)
            TOKENS.add(endpoint)
            return endpoint

        return add

    replace(CallbackEndpoint, "__init__", build_init)
    replace(CallbackPoolManager, "add", build_add)


class _Unowned:
    """Stands for a task's environment until its first attempt begins."""

    @staticmethod
    def is_running() -> bool:
        return True


_NOT_YET_OWNED = _Unowned()


def keep_the_cause_of_a_failure() -> None:
    """SendTaskFailure's `cause` reaches the Catch and the history; moto drops it."""

    def send_task_failure(response: Any) -> EmptyResult:
        token, error, cause = (response._get_param(name) for name in ("taskToken", "error", "cause"))
        response.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
        return EmptyResult()

    replace(StepFunctionResponse, "send_task_failure", lambda _: send_task_failure)


def refuse_output_that_is_not_json() -> None:
    """SendTaskSuccess with an output that is not JSON answers InvalidOutput; in moto it fails the execution later."""

    def build(original: Any) -> Any:
        def send_task_success(backend: Any, task_token: str, outcome: str) -> None:
            if len(outcome.encode()) > MAX_OUTPUT_BYTES:
                raise refusal("ValidationException", f"Value at 'output' must have length at most {MAX_OUTPUT_BYTES}")
            try:
                json.loads(outcome, parse_constant=_refuse_constant)
            except ValueError as error:
                raise refusal("InvalidOutput", f"Invalid Output: 'Not JSON: {error}'") from error
            original(backend, task_token, outcome)

        return send_task_success

    replace(StepFunctionsParserBackend, "send_task_success", build)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def give_each_attempt_its_own_token() -> None:
    """A retried task gets a new token and the old one is dead; moto hands out the same token again.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
    """

    def build(original: Any) -> Any:
        def _evaluate_with_timeout(task: Any, env: Any) -> None:
            if task.resource.condition != ResourceCondition.WaitForTaskToken:
                original(task, env)
                return
            endpoint = _token_of_this_attempt(env)
            endpoint.environment = env
            endpoint.deadline = time.monotonic() + _timeout_seconds(task, env) - DEADLINE_MARGIN_SECONDS
            try:
                original(task, env)
            finally:
                TOKENS.close(endpoint)

        return _evaluate_with_timeout

    replace(StateTaskServiceCallback, "_evaluate_with_timeout", build)


def _token_of_this_attempt(env: Any) -> Any:
    endpoint = env.callback_pool_manager.get(env.states.context_object.context_object_data["Task"]["Token"])
    if not endpoint.closed:
        return endpoint
    return env.callback_pool_manager.add(env.states.context_object.update_task_token())


def _timeout_seconds(task: Any, env: Any) -> float:
    task.timeout.eval(env=env)
    return float(env.stack.pop())


def wait_only_while_somebody_can_call() -> None:
    """A wait that ends without an outcome closes its token in the same step, so that no callback falls in between.

    moto notes nowhere that a wait is over: whatever arrives later is accepted and lost.
    """

    def build(original: Any) -> Any:
        def wait(endpoint: Any, timeout: float | None = None) -> CallbackOutcome | None:
            if endpoint.environment.is_running():
                original(endpoint, timeout)
            return TOKENS.close(endpoint)

        return wait

    def _wait_for_task_token_heartbeat(task: Any, env: Any, callback_endpoint: Any, heartbeat_endpoint: Any) -> Any:
        del task
        while env.is_running() and callback_endpoint.environment.is_running():
            beaten = heartbeat_endpoint.clear_and_wait()
            if callback_endpoint.get_outcome() is not None or callback_endpoint._notify_event.is_set():
                break
            if not beaten:
                return TOKENS.close(callback_endpoint) or HeartbeatTimedOut()
        return TOKENS.close(callback_endpoint)

    replace(CallbackEndpoint, "wait", build)
    replace(StateTaskServiceCallback, "_wait_for_task_token_heartbeat", lambda _: _wait_for_task_token_heartbeat)
