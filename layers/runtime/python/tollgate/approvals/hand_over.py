"""What follows from a decision, in an invocation of its own: whoever decides waits for the transaction and no longer.

Slack gives an answer three seconds. Its own API and Step Functions may take longer, and neither can change what was
decided. Lambda keeps the event until this very function has run it, and the sweep is behind that.
"""

from dataclasses import dataclass

from aws_lambda_powertools import Logger

from tollgate import background
from tollgate.approvals.follow_up import complete
from tollgate.errors import UnreachableError
from tollgate.models.approval import Approval
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores

SOURCE = "tollgate.gate"
"""The event's `source`. Whoever may invoke the function may send it; it only repeats what the tables say."""
logger = Logger(service="gate")


@dataclass(frozen=True)
class HandOver:
    """`function` is the one that this runs in: no other may wake a machine."""

    stores: Stores
    slack: Connection
    function: str

    def __call__(self, approval: Approval) -> None:
        """Returns when Lambda has the rest, or, where Lambda does not take it, when the rest is done."""
        event = {"source": SOURCE, "approval_id": approval.approval_id, "execution": approval.execution_id}
        try:
            background.start(self.function, event)
        except UnreachableError as error:
            logger.warning("the rest of a decision is done at once", approval_id=approval.approval_id, error=str(error))
            complete(self.stores, self.slack, approval, patient=False)


def finish(stores: Stores, slack: Connection, approval_id: str) -> None:
    """What `HandOver` left to do; nobody waits for it, so Slack gets all its tries."""
    complete(stores, slack, stores.approvals.get(approval_id), patient=True)
