"""The entry point of notify_budget; the decision is `tollgate.budget.announcement`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.budget.announcement import run
from tollgate.clock import SystemClock
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.settings import Settings
from tollgate.slack.connection import Connection

logger = Logger(service="notify_budget")
slack = Connection(Settings.from_environment(), SystemClock())


@guarded()
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, bool]:
    return run(deployed(), slack, event)
