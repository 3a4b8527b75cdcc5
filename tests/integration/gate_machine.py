"""A machine of the state machine's own states around a gate, and a call that waits there."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tollgate.models.approval import Approval
from tollgate.models.call import Call
from tollgate.tasks import escalate_approval, request_approval

from tests.integration.gate_world import Stage
from tests.integration.moto_probe import FunctionError

ASL = json.loads((Path(__file__).parents[2] / "statemachines" / "agent.asl.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def gate_machine(stage: Stage) -> str:
    """The state machine's own states around a gate, with the tasks' code behind them."""
    world = stage.world
    ask = stage.probe.functions.define(
        lambda event: _told(lambda: request_approval.run(world.stores, world.registry, event, world.slack))
    )
    escalate = stage.probe.functions.define(
        lambda event: escalate_approval.run(world.stores, world.registry, event, world.slack)
    )
    processor = json.dumps(ASL["States"]["AwaitApprovals"]["ItemProcessor"])
    definition = json.loads(
        processor.replace("${RequestApprovalFunctionArn}", ask).replace("${EscalateApprovalFunctionArn}", escalate)
    )
    del definition["ProcessorConfig"]
    return stage.probe.machine(definition)


def _told(action: Any) -> Any:
    """Errors by their class name, as Lambda tells them."""
    try:
        return action()
    except Exception as error:
        raise FunctionError({"errorType": type(error).__name__, "errorMessage": str(error)}) from error


def wait_at_gate(stage: Stage, machine: str, call: Call, seconds: int = 60) -> tuple[str, Approval]:
    """A machine that waits for this call's approval, and the approval once its card is posted."""
    item = {"execution": call.execution_id, "step": call.step, "call": call.call_id, "wait_seconds": seconds}
    arn = stage.probe.sfn.start_execution(stateMachineArn=machine, input=json.dumps(item))["executionArn"]
    approvals = stage.world.stores.approvals

    def posted() -> Approval | None:
        found = approvals.of_execution(call.execution_id)
        return found[-1] if found and approvals.card(found[-1].approval_id) else None

    return arn, until(posted)


def until(look: Any) -> Any:
    """What `look` finds within the deadline."""
    deadline = time.monotonic() + 20
    pause = threading.Event()
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        pause.wait(0.02)
    raise AssertionError("it did not happen in time")
