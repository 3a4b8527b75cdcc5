"""The budget routes; the decision is `tollgate.api.budgets`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.body import parse
from tollgate.api.budgets import BudgetRequest, Budgets
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.store.stores import Stores

logger = Logger(service="api-budgets")
stores = Stores.from_environment()
app = Api()


@app.get("/v1/budgets/<scope>")
def get(scope: str) -> Response[str]:
    return answer(Budgets(stores, deployed()).get(app.principal(deployed()), scope))


@app.put("/v1/budgets/<scope>")
def put(scope: str) -> Response[str]:
    return answer(Budgets(stores, deployed()).put(app.principal(deployed()), scope, parse(app.event, BudgetRequest)))


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
