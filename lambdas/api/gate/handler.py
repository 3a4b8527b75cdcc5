"""The two doors to the gate, what follows from a decision, and the sweep: no other function can wake a machine."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.body import parse, raw
from tollgate.api.gate import DecisionRequest, Gate, source_of
from tollgate.approvals import hand_over, prepare
from tollgate.approvals.deciders import Deciders
from tollgate.approvals.sweep import Sweep
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded
from tollgate.slack.connection import Connection
from tollgate.slack.interactions import Interactions
from tollgate.slack.user_groups import UserGroups
from tollgate.store.stores import Stores

SWEEP_SECONDS = 15.0
"""Of the function's 29: whatever is under way then still has time to end."""
logger = Logger(service="api-gate")
stores = Stores.from_environment()
slack = Connection(stores.settings, stores.clock)
app = Api()
prepare.clients()


@cache
def deciders() -> Deciders:
    return Deciders(deployed(), UserGroups(slack, stores.clock).is_member)


@app.post("/v1/approvals/<approval_id>/decision")
def decide(approval_id: str) -> Response[str]:
    principal, source = app.principal(deployed()), source_of(app.event)
    request = parse(app.event, DecisionRequest)
    return answer(Gate(stores, deciders(), slack).decide(principal, approval_id, request, source))


@app.post("/v1/slack/interactions")
def interact() -> Response[str]:
    body, address = raw(app.event), source_of(app.event).address
    afterwards = hand_over.HandOver(stores, slack, function=app.lambda_context.function_name)
    interactions = Interactions(stores, deciders(), slack, afterwards)
    return answer(interactions.receive(app.current_event.headers, body, address=address))


@guarded(stores)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event.get("source") == "aws.events":  # API Gateway's events have no such field, whatever their bodies say
        return dict(Sweep(stores, deployed(), slack, deciders()).run(seconds=SWEEP_SECONDS))
    if event.get("source") == hand_over.SOURCE:
        hand_over.finish(stores, slack, event["approval_id"])
        return {}
    return app.resolve(event, context)
