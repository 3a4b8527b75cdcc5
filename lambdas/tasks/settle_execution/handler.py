"""The entry point of settle_execution; the decision is `tollgate.settlement`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.redaction.boundary import guarded
from tollgate.settlement import run
from tollgate.store.stores import Stores

logger = Logger(service="settle_execution")
stores = Stores.from_environment()


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(execution=event.get("execution"), step=event.get("step"))
    return run(stores, event)
