"""StartExecution: one execution per name, also when many start it at once.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import copy
import datetime
import json
import threading
import uuid
from typing import Any

from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.moto_fixes.patching import refusal, replace

_STARTING = threading.Lock()


def name_unnamed_executions() -> None:
    """An execution started without a name gets a random one; moto calls them all None, so that the second collides."""

    def build(original: Any) -> Any:
        def start_execution(
            backend: Any, state_machine_arn: str, name: str | None = None, *arguments: Any, **options: Any
        ) -> Any:
            return original(backend, state_machine_arn, name or str(uuid.uuid4()), *arguments, **options)

        return start_execution

    replace(StepFunctionsParserBackend, "start_execution", build)


def start_once_per_name() -> None:
    """A name starts one execution: the same answer while it runs with the same input, else ExecutionAlreadyExists.

    moto checks and appends without a lock, so parallel starts of one name run twice; it accepts names that AWS
    refuses; and its InvalidExecutionInput has no error code.
    """

    def start_execution(
        backend: Any, state_machine_arn: str, name: str, execution_input: str | None = None, trace_header: Any = None
    ) -> Any:
        backend._validate_name(name)
        document = "{}" if execution_input is None else execution_input
        _require_json(document)
        with _STARTING:
            machine = backend.describe_state_machine(state_machine_arn)
            running = machine._handle_name_input_idempotency(name, document)
            if running is not None:
                return running
            execution = _new_execution(backend, machine, name, document, trace_header)
            execution.start(register=lambda: machine.executions.append(execution))
            return execution

    replace(StepFunctionsParserBackend, "start_execution", lambda _: start_execution)


def _require_json(document: str) -> None:
    try:
        json.loads(document)
    except ValueError as error:
        raise refusal("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error


def _new_execution(backend: Any, machine: Any, name: str, document: str, trace_header: Any) -> Any:
    # The definition of this moment; neither the running executions nor the backend can be copied.
    shared: dict[int, Any] = {id(machine.executions): [], id(machine.backend): machine.backend}
    snapshot = copy.deepcopy(machine, shared)
    arn = f"arn:{backend.partition}:states:{backend.region_name}:{backend.account_id}:execution:{machine.name}:{name}"
    return Execution(
        name=name,
        sm_type=snapshot.sm_type,
        role_arn=snapshot.roleArn,
        exec_arn=arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=snapshot,
        start_date=datetime.datetime.now(tz=datetime.UTC),
        cloud_watch_logging_session=None,
        input_data=document,
        trace_header=trace_header,
        activity_store={},
    )
