"""The API's own description; the document is `tollgate.api.openapi`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from tollgate.api.app import Api, answer
from tollgate.api.openapi import document
from tollgate.definitions.registry import deployed
from tollgate.redaction.boundary import guarded

logger = Logger(service="api-openapi")
app = Api()


@app.get("/v1/openapi.json")
def openapi() -> Response[str]:
    app.principal(deployed())
    return answer(document())


@guarded()
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
