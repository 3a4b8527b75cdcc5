"""Follows an execution live: new decision records as they are journalled, until it is over or waits at a gate."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from cli.client import Client, path

POLL_SECONDS = 0.2
Execution = dict[str, Any]


def follow(
    client: Client,
    execution_id: str,
    *,
    stop_at_gate: bool,
    on_record: Callable[[dict[str, Any]], None],
    after: str | None = None,
) -> tuple[Execution, str | None]:
    """Calls `on_record` for each record after `after` once, in order.

    Returns the execution as it was last seen, and where to follow on.
    """
    cursor = after
    while True:
        execution = client.get(path("executions", execution_id))
        for record, at in _new_records(client, execution_id, cursor):
            cursor = at
            on_record(record)
        if execution["outcome"] is not None and execution["status"] != "RUNNING":
            return execution, cursor
        if stop_at_gate and execution["pending_approvals"]:
            return execution, cursor
        time.sleep(POLL_SECONDS)


def _new_records(client: Client, execution_id: str, cursor: str | None) -> Iterator[tuple[dict[str, Any], str]]:
    while True:
        page = client.get(path("executions", execution_id, "trace"), after=cursor)
        for record in page["items"]:
            yield record, str(record["at"])
        if not page["items"] or page["cursor"] is None:
            return
        cursor = str(page["cursor"])
