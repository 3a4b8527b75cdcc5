"""The routes on executions; the decisions are `tollgate.api.start` and `tollgate.api.executions`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api import view
from tollgate.api.app import Api, answer
from tollgate.api.body import parse
from tollgate.api.executions import Executions
from tollgate.api.start import Starter, StartRequest
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores

logger = Logger(service="api-executions")
stores = Stores.from_environment()
app = Api()


@app.post("/v1/executions")
def start() -> Response[str]:
    principal = app.principal(deployed())
    request = parse(app.event, StartRequest)
    execution = Starter(stores, deployed()).start(principal, request, app.header("Idempotency-Key"))
    links = view.links(execution.execution_id)
    body = {"execution_id": execution.execution_id, "status": "RUNNING", "links": links}
    return answer(body, status=202, headers={"Location": links["self"], "Retry-After": "1"})


@app.get("/v1/executions")
def list_executions() -> Response[str]:
    return answer(Executions(stores).page_of(app.principal(deployed()), app.query))


@app.get("/v1/executions/<execution_id>")
def get(execution_id: str) -> Response[str]:
    return answer(Executions(stores).get(app.principal(deployed()), execution_id))


@app.get("/v1/executions/<execution_id>/trace")
def trace(execution_id: str) -> Response[str]:
    return answer(Executions(stores).trace(app.principal(deployed()), execution_id, app.query))


@app.post("/v1/executions/<execution_id>/stop")
def stop(execution_id: str) -> Response[str]:
    return answer(Executions(stores).stop(app.principal(deployed()), execution_id), status=202)


@app.post("/v1/executions/<execution_id>/redrive")
def redrive(execution_id: str) -> Response[str]:
    return answer(Executions(stores).redrive(app.principal(deployed()), execution_id), status=202)


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
