"""The entry point of escalate_approval; the decision is `tollgate.tasks.escalate_approval`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.slack.connection import Connection
from tollgate.store.stores import Stores
from tollgate.tasks.escalate_approval import run

logger = Logger(service="escalate_approval")
stores = Stores.from_environment()
slack = Connection(stores.settings, stores.clock)


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(execution=event.get("execution"), step=event.get("step"))
    return run(stores, deployed(), event, slack)
