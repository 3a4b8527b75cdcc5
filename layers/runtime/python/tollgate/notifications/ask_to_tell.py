"""Starts a notification and does not wait for it. Whatever goes wrong with it, the gate is open."""

from aws_lambda_powertools import Logger

from tollgate import background
from tollgate.errors import UnreachableError
from tollgate.models.approval import Approval
from tollgate.notifications.telling import About, Telling
from tollgate.store.stores import Stores

logger = Logger(service="notify_approval")


def ask_to_tell(stores: Stores, approval: Approval, about: About, number: int = 1) -> None:
    """Hands the notification to the function that tells. In a stage that notifies nobody there is none."""
    function = stores.settings.notify_function
    if not function:
        return
    telling = Telling(approval_id=approval.approval_id, about=about, number=number, at=stores.clock.now())
    try:
        background.start(function, telling.model_dump())
    except UnreachableError as error:
        logger.warning("nobody was notified", approval_id=approval.approval_id, about=about, error=str(error))
        body = {
            "approval_id": approval.approval_id,
            "tool": approval.tool,
            "call_id": approval.call_id,
            "about": about,
            "target": "all",
            "error": str(error),
        }
        record = f"{approval.step:06d}#30#{approval.approval_id}#60#{about}-{number:02d}#failed"
        stores.journal.write(approval.execution_id, record, "approval_notified", body, step=approval.step)
