"""Starts a notification and does not wait for it. Whatever goes wrong with it, the gate is open."""

import json
from functools import cache
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.models.approval import Approval
from tollgate.notifications.telling import About, Telling
from tollgate.store.stores import Stores

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

logger = Logger(service="notify_approval")


@cache
def _functions() -> "LambdaClient":
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=3)
    return boto3.client("lambda", config=config)


def ask_to_tell(stores: Stores, approval: Approval, about: About, number: int = 1) -> None:
    """Hands the notification to the function that tells. In a stage that notifies nobody there is none."""
    function = stores.settings.notify_function
    if not function:
        return
    telling = Telling(approval_id=approval.approval_id, about=about, number=number, at=stores.clock.now())
    try:
        _functions().invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(telling.model_dump()).encode()
        )
    except (BotoCoreError, ClientError) as error:
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
