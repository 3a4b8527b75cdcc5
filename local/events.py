"""EventBridge's events about executions: one per change of status, in order, off the interpreter's threads.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import datetime
import logging
import queue
import threading
import uuid
from collections.abc import Callable
from typing import Any

from local.moto_fixes.answers import described

StatusCallback = Callable[[dict[str, Any]], None]
# Input and output are in the event only if both together are smaller.
LARGEST_DATA_BYTES = 248 * 1024
_LOG = logging.getLogger(__name__)
_NULLABLE = ("stopDate", "input", "output", "outputDetails", "error", "cause", "redriveDate", "redriveStatusReason")


def status_event(execution: Any) -> dict[str, Any]:
    """The event as AWS sends it for the execution's present status: times in milliseconds, absent values null."""
    detail = {key: _milliseconds(value) for key, value in described(execution).items()}
    detail.update({key: None for key in _NULLABLE if key not in detail})
    detail.update(stateMachineVersionArn=None, stateMachineAliasArn=None)
    _leave_out_large_data(detail)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account_id,
        "time": datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": execution.region_name,
        "resources": [execution.execution_arn],
        "detail": detail,
    }


class StatusFeed:
    """Hands every event to every callback, one at a time, in the order of the changes."""

    def __init__(self) -> None:
        self._callbacks: list[StatusCallback] = []
        self._events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def subscribe(self, callback: StatusCallback) -> None:
        """`callback` gets every event from now on."""
        self._callbacks.append(callback)

    def publish(self, execution: Any) -> None:
        """Queues the event for the execution's present status; never waits for a callback."""
        self._events.put(status_event(execution))

    def start(self) -> None:
        self._thread = threading.Thread(target=self._deliver, name="status-events", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """What was published before is delivered, or dropped after `timeout_seconds`."""
        if self._thread:
            self._events.put(None)
            self._thread.join(timeout_seconds)
            self._thread = None

    def _deliver(self) -> None:
        while (event := self._events.get()) is not None:
            for callback in list(self._callbacks):
                try:
                    callback(event)
                except Exception:
                    _LOG.exception("a callback failed on %s %s", event["detail"]["status"], event["resources"][0])


def _milliseconds(value: Any) -> Any:
    return int(value.timestamp() * 1000) if isinstance(value, datetime.datetime) else value


def _leave_out_large_data(detail: dict[str, Any]) -> None:
    size = sum(len((detail[key] or "").encode()) for key in ("input", "output"))
    if size < LARGEST_DATA_BYTES:
        return
    detail.update(input=None, inputDetails={"included": False})
    if detail["output"] is not None:
        detail.update(output=None, outputDetails={"included": False})
