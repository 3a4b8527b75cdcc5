"""How an execution runs and ends: one history that stops with its end, and a status that changes with it.

Every other fix of the interpreter builds on these: `run` starts an attempt (the first or a redriven one), the first
terminal event ends it, `wake` frees whoever still waits.
"""

import datetime
import json
import threading
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.api import (
    ExecutionFailedEventDetails,
    ExecutionStartedEventDetails,
    ExecutionStatus,
    ExecutionTimedOutEventDetails,
    HistoryEventExecutionDataDetails,
    HistoryEventType,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramTimedOut
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import Execution

from local.moto_fixes.patching import replace

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: event 25,000 is the failure itself.
HISTORY_LIMIT = 25_000
STATUS_OF_END = {
    HistoryEventType.ExecutionSucceeded: ExecutionStatus.SUCCEEDED,
    HistoryEventType.ExecutionFailed: ExecutionStatus.FAILED,
    HistoryEventType.ExecutionAborted: ExecutionStatus.ABORTED,
    HistoryEventType.ExecutionTimedOut: ExecutionStatus.TIMED_OUT,
}
# Called with the execution each time its status changes, in the order of the changes.
STATUS_LISTENERS: list[Callable[[Any], None]] = []


def end_history_with_the_execution() -> None:
    """The terminal event is the last one, and the status changes with it.

    moto lets states that still run write behind the end (a stopped execution gets an ExecutionFailed), and sets the
    status later than the event, so that a stop in between turns a success into ABORTED.
    """

    def build_init(original: Any) -> Any:
        def initialise(manager: Any, *arguments: Any, **options: Any) -> None:
            original(manager, *arguments, **options)
            manager.ending, manager.ended, manager.execution = threading.RLock(), False, None

        return initialise

    def build_add(original: Any) -> Any:
        def add_event(manager: Any, context: Any, event_type: Any, event_details: Any = None, **options: Any) -> int:
            with manager.ending:
                if manager.ended:
                    return int(context.last_published_event_id)
                event_id = int(original(manager, context, event_type, event_details, **options))
                manager.ended = event_type in STATUS_OF_END
                if not manager.ended or manager.execution is None:
                    return event_id
                _settle(manager.execution, event_type, event_details)
            wake(manager.execution.exec_worker.env)
            return event_id

        return add_event

    replace(EventManager, "__init__", build_init)
    replace(EventManager, "add_event", build_add)


def cap_the_history() -> None:
    """Event 25,000 fails the execution with States.Runtime, as on AWS; moto's history has no end."""

    def build(original: Any) -> Any:
        def add_event(manager: Any, context: Any, event_type: Any, event_details: Any = None, **options: Any) -> int:
            full = len(manager._history_event_list) >= HISTORY_LIMIT - 1 and event_type not in STATUS_OF_END
            if not full or manager.ended:
                return int(original(manager, context, event_type, event_details, **options))
            failure = ExecutionFailedEventDetails(
                error="States.Runtime",
                cause=f"The execution reached the maximum number of history events ({HISTORY_LIMIT}).",
            )
            details = {"executionFailedEventDetails": failure}
            event_id = int(original(manager, context, HistoryEventType.ExecutionFailed, details))
            if manager.execution is not None:
                manager.execution.exec_worker.env.set_error(failure)
                wake(manager.execution.exec_worker.env)
            return event_id

        return add_event

    replace(EventManager, "add_event", build)


def start_with_an_environment() -> None:
    """An execution that can be seen can be stopped and called back; `register` makes it seen before it runs.

    moto makes its environment in a thread, so until then StopExecution and every callback of any machine answer 500.
    A machine that times out ends at once; moto waits for whatever still runs.
    """

    def start(execution: Any, register: Callable[[], None]) -> None:
        worker = execution.exec_worker = execution._get_start_execution_worker()
        worker.env = worker._get_evaluation_environment()
        worker.env.event_manager.execution = execution
        worker.env.event_manager.add_event(
            worker.env.event_history_context,
            HistoryEventType.ExecutionStarted,
            {"executionStartedEventDetails": _started(worker)},
            update_source_event_id=False,
        )
        execution.exec_status = ExecutionStatus.RUNNING
        register()
        run(execution, worker._get_evaluation_entrypoint(), worker.env)

    replace(Execution, "start", lambda _: start)


def run(execution: Any, program: Any, environment: Environment) -> None:
    """One attempt runs in its own thread; the status is RUNNING before the first state is entered."""
    execution.exec_status = ExecutionStatus.RUNNING
    announce(execution)
    threading.Thread(target=_evaluate, args=(program, environment), name="execution", daemon=True).start()


def wake(environment: Environment) -> None:
    """Everyone who waits for a token in an environment that no longer runs goes on, and the token is closed."""
    for endpoint in list(environment.callback_pool_manager._pool.values()):
        owner = getattr(endpoint, "environment", environment)
        if not owner.is_running():
            endpoint.interrupt_all()


def announce(execution: Any) -> None:
    """Tells every listener the execution's present status."""
    for listener in list(STATUS_LISTENERS):
        listener(execution)


def _evaluate(program: Any, environment: Environment) -> None:
    program.eval(environment)
    if isinstance(environment.program_state(), ProgramTimedOut):
        manager: Any = environment.event_manager
        details = {"executionTimedOutEventDetails": ExecutionTimedOutEventDetails()}
        manager.add_event(environment.event_history_context, HistoryEventType.ExecutionTimedOut, details)
        wake(environment)


def _settle(execution: Any, event_type: HistoryEventType, event_details: Any) -> None:
    details: dict[str, Any] = next(iter((event_details or {}).values()), {}) or {}
    execution.stop_date = datetime.datetime.now(tz=datetime.UTC)
    execution.error, execution.cause = details.get("error"), details.get("cause")
    execution.output = json.loads(details["output"]) if "output" in details else None
    execution.exec_status = STATUS_OF_END[event_type]
    announce(execution)


def _started(worker: Any) -> ExecutionStartedEventDetails:
    return ExecutionStartedEventDetails(
        input=to_json_str(worker._evaluation_details.execution_details.inpt),
        inputDetails=HistoryEventExecutionDataDetails(truncated=False),
        roleArn=worker._evaluation_details.aws_execution_details.role_arn,
    )


def context_at_the_start() -> EventHistoryContext:
    """The context of an event that follows from the execution itself, not from one of its states."""
    return EventHistoryContext.of_program_start()
