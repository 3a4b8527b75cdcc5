"""The memory routes; the decision is `tollgate.api.memory`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.memory import Memories
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores

logger = Logger(service="api-memory")
stores = Stores.from_environment()
app = Api()


@app.get("/v1/memory")
def page() -> Response[str]:
    return answer(Memories(stores).page_of(app.principal(deployed()), app.query))


@app.get("/v1/memory/<memory_id>")
def get(memory_id: str) -> Response[str]:
    return answer(Memories(stores).get(app.principal(deployed()), memory_id))


@app.delete("/v1/memory/<memory_id>")
def forget(memory_id: str) -> Response[str]:
    return answer(Memories(stores).forget(app.principal(deployed()), memory_id))


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
