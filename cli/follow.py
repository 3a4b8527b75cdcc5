"""Follows an execution live: new decision records as they are journalled, until it is over or waits at a gate."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from cli.client import Client, path

POLL_SECONDS = 0.2
LOOKS = 4
"""While nothing new is journalled, the execution itself is looked at every so many times."""

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
    cursor, quiet = after, 0
    while True:
        before = cursor
        cursor = _show_new(client, execution_id, cursor, on_record)
        quiet = quiet + 1 if cursor == before else 0
        if quiet % LOOKS == 0:
            execution = client.get(path("executions", execution_id))
            over = execution["outcome"] is not None and execution["status"] != "RUNNING"
            if over or (stop_at_gate and execution["pending_approvals"]):
                return execution, _show_new(client, execution_id, cursor, on_record)
        time.sleep(POLL_SECONDS)


def _show_new(
    client: Client, execution_id: str, cursor: str | None, on_record: Callable[[dict[str, Any]], None]
) -> str | None:
    """Shows the records after the cursor and returns the new one."""
    for record, at in _new_records(client, execution_id, cursor):
        cursor = at
        on_record(record)
    return cursor


def _new_records(client: Client, execution_id: str, cursor: str | None) -> Iterator[tuple[dict[str, Any], str]]:
    while True:
        page = client.get(path("executions", execution_id, "trace"), after=cursor)
        for record in page["items"]:
            yield record, str(record["at"])
        if not page["items"] or page["cursor"] is None:
            return
        cursor = str(page["cursor"])
