"""The state machine as the API uses it: start, describe, stop, redrive, each with its known answers as values."""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tollgate.api.problem import NotPossibleError
from tollgate.errors import UnreachableError
from tollgate.models.execution import Status

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

REDRIVE_DAYS = 14
"""https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility"""


@dataclass(frozen=True)
class Described:
    """What Step Functions says. `not_redrivable` is its reason, or None where it gives none."""

    status: Status
    not_redrivable: str | None


@cache
def _client() -> "SFNClient":
    return boto3.client(
        "stepfunctions",
        config=Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=2, read_timeout=8),
    )


class Machine:
    """One state machine by its ARN; an execution's name is our execution id."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def start(self, execution_id: str) -> None:
        """Starts the execution; one of this name that is there already is the same one."""
        try:
            _client().start_execution(
                stateMachineArn=self._arn, name=execution_id, input=json.dumps({"run_id": execution_id})
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise _unreachable("start", error) from error
        except BotoCoreError as error:
            raise _unreachable("start", error) from error

    def describe(self, execution_id: str) -> Described | None:
        """The execution as Step Functions sees it, or None where it knows none of this name (any more)."""
        try:
            found = _client().describe_execution(executionArn=self.execution_arn(execution_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return None
            raise _unreachable("describe", error) from error
        except BotoCoreError as error:
            raise _unreachable("describe", error) from error
        # PENDING_REDRIVE is Distributed Map's own; to us the execution is under way.
        status = found["status"] if found["status"] != "PENDING_REDRIVE" else "RUNNING"
        refused = found.get("redriveStatus") == "NOT_REDRIVABLE"
        return Described(status, found.get("redriveStatusReason", "not redrivable") if refused else None)

    def stop(self, execution_id: str, *, by: str) -> None:
        """Stops the execution; one that has ended or never began is left as it is."""
        try:
            _client().stop_execution(
                executionArn=self.execution_arn(execution_id), error="Stopped", cause=f"stopped by {by}"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise _unreachable("stop", error) from error
        except BotoCoreError as error:
            raise _unreachable("stop", error) from error

    def redrive(self, execution_id: str) -> None:
        """Runs the unsuccessful states again. Raises `NotPossibleError` with Step Functions' reason."""
        try:
            _client().redrive_execution(executionArn=self.execution_arn(execution_id))
        except ClientError as error:
            known = {"ExecutionNotRedrivable", "ExecutionDoesNotExist", "ExecutionLimitExceeded"}
            if error.response["Error"]["Code"] in known:
                raise NotPossibleError(f"not redrivable: {error.response['Error'].get('Message', '')}") from error
            raise _unreachable("redrive", error) from error
        except BotoCoreError as error:
            raise _unreachable("redrive", error) from error

    def execution_arn(self, execution_id: str) -> str:
        """`arn:...:stateMachine:<machine>` -> `arn:...:execution:<machine>:<execution id>`."""
        return f"{self._arn.replace(':stateMachine:', ':execution:')}:{execution_id}"


def _unreachable(what: str, error: ClientError | BotoCoreError) -> UnreachableError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return UnreachableError(f"Step Functions could not {what} the execution ({code}); send the same request again")
