"""What the shell is told. The numbers are a contract: scripts depend on them."""

from typing import Any

DONE = 0
FAILED = 1
USAGE = 2
LIMIT = 3
REJECTED = 4
AT_GATE = 5

_BY_OUTCOME = {"completed": DONE, "failed": FAILED, "stopped": FAILED, "limit_reached": LIMIT, "rejected": REJECTED}


def of_execution(execution: dict[str, Any]) -> int:
    """The exit code of an execution that is over, or that waits at a gate."""
    if execution["outcome"] is None and execution["pending_approvals"]:
        return AT_GATE
    return _BY_OUTCOME.get(str(execution["outcome"]), FAILED)
