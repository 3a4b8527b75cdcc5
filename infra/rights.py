"""Who may do what: one row per function, the whole of its role beyond its own log group.

A row also decides which names the function's environment holds: what it may not touch, it is not told.
The tools' rights follow from their manifests, see `infra/tools.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Actions = tuple[str, ...]

_EXECUTIONS: Actions = ("GetItem", "UpdateItem")
_JOURNAL: Actions = ("GetItem", "PutItem", "Query")
_CALLS: Actions = ("GetItem", "UpdateItem")


@dataclass(frozen=True)
class Rights:
    """`tables`: table, or `table/index`, to DynamoDB actions. `read`, `write`: key prefixes in the bucket.

    `machine`, `executions`: Step Functions actions on the machine itself and on its executions.
    """

    tables: Mapping[str, Actions] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    machine: Actions = ()
    executions: Actions = ()
    models: bool = False
    slack: bool = False


_ASKS = Rights(
    tables={
        "executions": _EXECUTIONS,
        "journal": _JOURNAL,
        "calls": _CALLS,
        "approvals": ("GetItem", "PutItem", "UpdateItem"),
        "gates": ("GetItem", "PutItem", "UpdateItem"),
    },
    read=("journal",),
    slack=True,
)

TASKS: Mapping[str, Rights] = {
    "admit_request": Rights(
        tables={"executions": _EXECUTIONS, "journal": ("PutItem",)}, read=("documents",), write=("documents",)
    ),
    "reason": Rights(
        tables={"executions": _EXECUTIONS, "journal": _JOURNAL, "journal/in_order": ("Query",), "calls": _CALLS},
        read=("journal", "results", "documents"),
        write=("journal",),
        models=True,
    ),
    "screen_proposal": Rights(
        tables={
            "executions": _EXECUTIONS,
            "journal": _JOURNAL,
            "journal/in_order": ("Query",),
            "calls": ("GetItem", "PutItem", "UpdateItem"),
        },
        read=("journal", "results"),
        write=("journal",),
    ),
    "request_approval": _ASKS,
    "escalate_approval": _ASKS,
    "conclude_execution": Rights(
        tables={"executions": _EXECUTIONS, "journal": _JOURNAL, "journal/in_order": ("Query",)},
        read=("journal",),
        write=("outputs", "journal"),
    ),
    "wind_down": Rights(
        tables={
            "executions": _EXECUTIONS,
            "journal": _JOURNAL,
            "journal/in_order": ("Query",),
            "calls": _CALLS,
            "approvals": ("UpdateItem",),
            "approvals/by_execution": ("Query",),
        },
        read=("journal", "results"),
        write=("journal",),
    ),
    "settle_execution": Rights(
        tables={
            "executions": _EXECUTIONS,
            "executions/by_status": ("Query",),
            "journal": _JOURNAL,
            "journal/in_order": ("Query",),
            "calls": _CALLS,
            "approvals": ("UpdateItem",),
            "approvals/by_execution": ("Query",),
            "gates": ("GetItem", "DeleteItem"),
        },
        read=("journal",),
        executions=("DescribeExecution",),
    ),
}

API: Mapping[str, Rights] = {
    "executions": Rights(
        tables={
            "executions": ("GetItem", "PutItem", "UpdateItem"),
            "executions/by_tenant": ("Query",),
            "journal": _JOURNAL,
            "journal/in_order": ("Query",),
            "calls": ("GetItem", "UpdateItem", "Query"),
            "approvals": ("UpdateItem",),
            "approvals/by_execution": ("Query",),
        },
        read=("documents", "journal", "outputs", "results"),
        write=("documents", "journal"),
        machine=("StartExecution",),
        executions=("DescribeExecution", "RedriveExecution", "StopExecution"),
    ),
    "approvals": Rights(
        tables={"approvals": ("GetItem",), "approvals/by_tenant": ("Query",), "approvals/by_execution": ("Query",)}
    ),
    "gate": Rights(
        tables={
            "approvals": ("GetItem", "UpdateItem"),
            "approvals/by_execution": ("Query",),
            "calls": _CALLS,
            "gates": _CALLS,
            "executions": _EXECUTIONS,
            "journal": ("GetItem", "PutItem"),
        },
        machine=("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"),
        slack=True,
    ),
    "budgets": Rights(
        tables={"executions": _EXECUTIONS, "budgets": ("GetItem", "PutItem", "UpdateItem")},
    ),
    "openapi": Rights(),
}
