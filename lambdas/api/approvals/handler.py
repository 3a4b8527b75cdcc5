"""The routes that show approvals; the decision is `tollgate.api.approvals`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.approvals import Approvals
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores

logger = Logger(service="api-approvals")
stores = Stores.from_environment()
app = Api()


@app.get("/v1/approvals")
def list_approvals() -> Response[str]:
    return answer(Approvals(stores, deployed()).page_of(app.principal(deployed()), app.query))


@app.get("/v1/approvals/<approval_id>")
def get(approval_id: str) -> Response[str]:
    return answer(Approvals(stores, deployed()).get(app.principal(deployed()), approval_id))


@app.get("/v1/approvals/<approval_id>/audit")
def audit_of(approval_id: str) -> Response[str]:
    return answer(Approvals(stores, deployed()).audit_of(app.principal(deployed()), approval_id))


@app.get("/v1/audit")
def audit() -> Response[str]:
    return answer(Approvals(stores, deployed()).audit(app.principal(deployed()), app.query))


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
