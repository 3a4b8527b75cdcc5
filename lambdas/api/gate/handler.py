"""The two doors to the gate, the API's and Slack's, in the only function that can wake a machine."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.body import parse, raw
from tollgate.api.gate import DecisionRequest, Gate
from tollgate.definitions.registry import deployed
from tollgate.slack.connection import Connection
from tollgate.slack.interactions import Interactions
from tollgate.store.stores import Stores

logger = Logger(service="api-gate")
stores = Stores.from_environment()
slack = Connection(stores.settings, stores.clock)
app = Api()


@app.post("/v1/approvals/<approval_id>/decision")
def decide(approval_id: str) -> Response[str]:
    principal = app.principal(deployed())
    return answer(Gate(stores, deployed(), slack).decide(principal, approval_id, parse(app.event, DecisionRequest)))


@app.post("/v1/slack/interactions")
def interact() -> Response[str]:
    found = Interactions(stores, deployed(), slack).receive(app.current_event.headers, raw(app.event))
    return answer(found)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
