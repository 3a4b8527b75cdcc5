"""Functions that are started and not waited for: Lambda keeps the event, and tries it twice more if it fails.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import UnreachableError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@cache
def _functions() -> "LambdaClient":
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=3)
    return boto3.client("lambda", config=config)


def prepare() -> None:
    """The client is there before it is needed."""
    _functions()


def start(function: str, event: dict[str, Any]) -> None:
    """Lambda has the event when this returns. Raises `UnreachableError` when it did not take it."""
    try:
        _functions().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(f"Lambda did not take the event for {function}: {error}") from error
