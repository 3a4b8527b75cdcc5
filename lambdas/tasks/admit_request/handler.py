"""The entry point of AdmitRequest; the decision is `tollgate.tasks.admit_request`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores
from tollgate.tasks.admit_request import run

logger = Logger(service="admit_request")
stores = Stores.from_environment()


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(execution=event.get("execution"), step=event.get("step"))
    return run(stores, deployed(), event)
