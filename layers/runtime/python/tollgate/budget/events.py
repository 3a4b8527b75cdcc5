"""What happens to budgets, told to whoever subscribes: events on the account's default bus, each at most once.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

THRESHOLD_CROSSED = "Tollgate Budget Threshold Crossed"

logger = Logger(service="budget")


@cache
def _events() -> "EventBridgeClient":
    return boto3.client("events", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))


def publish(source: str, detail_type: str, detail: dict[str, Any]) -> bool:
    """Whether the bus took it. `source` is the deployment's prefix; one that was given none has nobody to tell.

    No run fails because nobody could be told of it: the decision record is there, and the log says what went wrong.
    """
    if not source:
        return False
    try:
        answer = _events().put_events(
            Entries=[{"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}]
        )
    except (ClientError, BotoCoreError) as error:
        logger.error("an event could not be published", detail_type=detail_type, error=str(error))
        return False
    if answer["FailedEntryCount"]:
        logger.error("an event was refused", detail_type=detail_type, error=answer["Entries"][0].get("ErrorCode"))
        return False
    return True
