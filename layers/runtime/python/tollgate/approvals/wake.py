"""Tells the waiting machine that something was decided. The token wakes it and authorises nothing (DESIGN 6.4)."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import UnreachableError
from tollgate.store.stores import Stores

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_NOBODY_WAITS = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
"""Three names for one fact: the task has ended. Step Functions documents no difference worth acting on."""


@cache
def _client() -> "SFNClient":
    # The retries of throttled and failed calls are the SDK's; together they stay well below an API call's 29 seconds.
    return boto3.client(
        "stepfunctions",
        config=Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=1, read_timeout=2),
    )


def wake(stores: Stores, approval_id: str) -> bool:
    """Whether a machine was waiting and now goes on; where none waits, the decision stands all the same.

    Raises `UnreachableError` when Step Functions did not answer. The token is in no message and in no log.
    """
    token = stores.gates.token(approval_id)
    if token is None:
        return False
    try:
        _client().send_task_success(taskToken=token, output="{}")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _NOBODY_WAITS:
            return False
        raise _unreachable(approval_id, code) from None  # the cause may quote the request, and with it the token
    except BotoCoreError as error:
        raise _unreachable(approval_id, type(error).__name__) from None
    return True


def _unreachable(approval_id: str, why: str) -> UnreachableError:
    return UnreachableError(
        f"the decision on {approval_id} is recorded, but Step Functions could not be told yet ({why}); "
        "it is tried again every minute"
    )
