"""The entry point of notify_approval; the decision is `tollgate.notifications.deliver`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.definitions.registry import deployed
from tollgate.notifications.deliver import run
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores

logger = Logger(service="notify_approval")
stores = Stores.from_environment()


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    return run(stores, deployed(), event)
