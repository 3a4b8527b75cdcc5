"""Who may do what: one row per function, the whole of its role beyond its own log group.

A row also decides which names the function's environment holds: what it may not touch, it is not told.
The tools' rights follow from their manifests, see `infra/tools.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Actions = tuple[str, ...]

_READ_WRITE: Actions = ("GetItem", "UpdateItem")
_ADD: Actions = ("PutItem",)
"""Of the audit: every put needs a new key, and nobody may update or delete what is there."""
_JOURNAL: Actions = ("GetItem", "PutItem", "Query")
_RECORD = ("journal", "outputs")
"""Objects behind an execution's record: a long input and a long output are stored by reference."""
_RECORD_AND_CALLS = (*_RECORD, "results")
"""And those behind the ledger's items: a call's item names its result's object."""


@dataclass(frozen=True)
class Rights:
    """`tables`: table, or `table/index`, to DynamoDB actions. `read`, `write`: key prefixes in the bucket.

    `machine`, `executions`: Step Functions actions on the machine itself and on its executions.
    `events`: publishes under the deployment's own name on the account's default bus.
    `asks_to_notify` invokes the one function that `notifies`, by the stage's webhooks and topics.
    `invokes`: the function of `lambdas/api` that it may invoke.
    `checks`: the stage whose external checks it asks; what those need follows from the agents' files.
    """

    tables: Mapping[str, Actions] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    machine: Actions = ()
    executions: Actions = ()
    models: bool = False
    slack: bool = False
    events: bool = False
    checks: Literal["", "request", "call", "answer"] = ""
    asks_to_notify: bool = False
    invokes: str = ""
    notifies: bool = False


_SETTLES = Rights(
    tables={
        "executions": _READ_WRITE,
        "journal": _JOURNAL,
        "calls": _READ_WRITE,
        "approvals": _READ_WRITE,
        "approvals/by_execution": ("Query",),
        "audit": _ADD,
        "gates": ("DeleteItem",),
        "budgets": _READ_WRITE,
    },
    read=_RECORD_AND_CALLS,
    write=("journal",),
    executions=("DescribeExecution",),
    events=True,
)

TASKS: Mapping[str, Rights] = {
    "admit_request": Rights(
        tables={"executions": _READ_WRITE, "journal": _JOURNAL},
        read=_RECORD,
        write=("documents", "journal", "results"),  # a replay copies what was shown cut
        checks="request",
    ),
    "reason": Rights(
        tables={
            "executions": _READ_WRITE,
            "journal": _JOURNAL,
            "calls": _READ_WRITE,
            "budgets": _READ_WRITE,
            "memory": ("Query",),
        },
        read=_RECORD_AND_CALLS,
        write=("journal",),
        models=True,
        events=True,
    ),
    "screen_proposal": Rights(
        tables={"executions": _READ_WRITE, "journal": _JOURNAL, "calls": (*_READ_WRITE, "PutItem")},
        read=_RECORD_AND_CALLS,
        write=("journal",),
        checks="call",
    ),
    "request_approval": Rights(
        tables={
            "executions": ("GetItem",),
            "journal": _JOURNAL,
            "calls": _READ_WRITE,
            "approvals": (*_READ_WRITE, "PutItem"),
            "audit": _ADD,
            "gates": ("UpdateItem",),
        },
        read=_RECORD_AND_CALLS,
        write=("journal",),
        slack=True,
        asks_to_notify=True,
    ),
    "escalate_approval": Rights(
        tables={"journal": _JOURNAL, "calls": _READ_WRITE, "approvals": _READ_WRITE, "audit": _ADD},
        read=("journal", "results"),
        write=("journal",),
        slack=True,
        asks_to_notify=True,
    ),
    "notify_approval": Rights(
        tables={"approvals": ("GetItem",), "journal": ("GetItem", "PutItem")},
        read=("journal",),
        write=("journal",),
        notifies=True,
    ),
    "conclude_execution": Rights(
        tables={"executions": _READ_WRITE, "journal": _JOURNAL, "memory": ("PutItem",)},
        read=_RECORD,
        write=("journal", "outputs"),
        checks="answer",
    ),
    "wind_down": Rights(
        tables={"executions": _READ_WRITE, "journal": _JOURNAL, "budgets": _READ_WRITE},
        read=_RECORD,
        write=("journal",),
        models=True,
        events=True,
    ),
    # The one that settles by events takes the buttons from the cards of what it revokes; the API's need no secret.
    "notify_budget": Rights(slack=True),
    "settle_execution": replace(_SETTLES, tables={**_SETTLES.tables, "executions/by_status": ("Query",)}, slack=True),
}

API: Mapping[str, Rights] = {
    # `stop`, and a read that finds the record behind its machine, settle in this very function.
    "executions": replace(
        _SETTLES,
        tables={
            **_SETTLES.tables,
            "executions": (*_READ_WRITE, "PutItem"),
            "executions/by_tenant": ("Query",),
            "journal/in_order": ("Query",),
        },
        machine=("StartExecution",),
        executions=("DescribeExecution", "RedriveExecution", "StopExecution"),
    ),
    "approvals": Rights(
        tables={
            "approvals": ("GetItem",),
            "approvals/by_tenant": ("Query",),
            "approvals/by_execution": ("Query",),
            "audit": ("Query",),
            "audit/by_tenant": ("Query",),
            "journal": ("GetItem", "Query"),  # what is personal in an execution, to mask it
        },
        read=("journal",),
    ),
    "gate": Rights(
        tables={
            "approvals": _READ_WRITE,
            "approvals/by_due": ("Query",),
            "audit": _ADD,
            "calls": ("UpdateItem",),
            "gates": ("GetItem",),
            "journal": _JOURNAL,
        },
        read=("journal",),
        write=("journal",),
        machine=("SendTaskSuccess",),
        slack=True,
        asks_to_notify=True,
        invokes="gate",  # itself: what follows from a click is done when Slack has its answer
    ),
    "budgets": Rights(
        tables={"executions": _READ_WRITE, "budgets": ("GetItem", "PutItem", "UpdateItem")}, read=_RECORD
    ),
    "memory": Rights(tables={"memory": ("DeleteItem", "GetItem", "Query")}),
    "openapi": Rights(),
}
