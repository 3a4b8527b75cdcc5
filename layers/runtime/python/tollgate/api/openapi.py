"""The API's own description: OpenAPI 3.1, built from the forms that the functions check, so that it cannot lag.

`python -m tollgate.api.openapi > docs/openapi.json` writes the copy in the docs.
"""

import json
import sys
from functools import cache
from typing import Any

from pydantic import BaseModel

from tollgate.api.body import MAX_BYTES
from tollgate.api.budgets import BudgetRequest
from tollgate.api.gate import DecisionRequest
from tollgate.api.openapi_schemas import SCHEMAS
from tollgate.api.problem import CONTENT_TYPE
from tollgate.api.query import PARAMETERS
from tollgate.api.start import KEY_CHARACTERS, StartRequest

Part = dict[str, Any]


@cache
def document() -> Part:
    """The whole document. Every route of `tollgate.api.routes` is in it, and nothing else."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tollgate",
            "version": "1",
            "description": "Start agents, watch them, and decide what they ask. Callers are mapped to principals by a "
            "table fixed at deployment; another tenant's ids answer 404.",
        },
        "security": [{"caller": []}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS | _forms(),
            "securitySchemes": {
                "caller": {
                    "type": "http",
                    "scheme": "AWS4-HMAC-SHA256",
                    "description": "IAM signature, or a JWT where the stage has an issuer.",
                }
            },
        },
    }


def _paths() -> Part:
    return {
        "/v1/executions": {
            "post": _operation(
                "startExecution",
                "Start an agent",
                _answers(202, "StartedExecution", 400, 403, 404, 413, 503, headers=("Location", "Retry-After")),
                parameters=[_header("Idempotency-Key", "Same key and body: the same execution, for 90 days.")],
                body="StartRequest",
            ),
            "get": _operation(
                "listExecutions",
                "Executions, newest first",
                _answers(200, "ExecutionPage", 403),
                parameters=[*PARAMETERS["GET /v1/executions"]],
            ),
        },
        "/v1/executions/{id}": {
            "get": _operation("getExecution", "One execution", _answers(200, "Execution", 403, 404, 503), [_ID])
        },
        "/v1/executions/{id}/trace": {
            "get": _operation(
                "getTrace",
                "The decision records, in order",
                _answers(200, "RecordPage", 403, 404),
                [_ID, *PARAMETERS["GET /v1/executions/{id}/trace"]],
            )
        },
        "/v1/executions/{id}/stop": {
            "post": _operation("stopExecution", "Stop it", _answers(202, "Execution", 403, 404, 409, 503), [_ID])
        },
        "/v1/executions/{id}/redrive": {
            "post": _operation(
                "redriveExecution", "Go on where it failed", _answers(202, "Execution", 403, 404, 409, 503), [_ID]
            )
        },
        "/v1/approvals": {
            "get": _operation(
                "listApprovals",
                "Approvals, newest first",
                _answers(200, "ApprovalPage", 403),
                [*PARAMETERS["GET /v1/approvals"]],
            )
        },
        "/v1/approvals/{id}": {
            "get": _operation("getApproval", "One approval", _answers(200, "Approval", 403, 404), [_ID])
        },
        "/v1/approvals/{id}/audit": {
            "get": _operation(
                "getApprovalAudit", "Who did what to it, oldest first", _answers(200, "AuditPage", 403, 404), [_ID]
            )
        },
        "/v1/audit": {
            "get": _operation(
                "listAudit",
                "Who did what to which approval, newest first",
                _answers(200, "AuditPage", 403),
                [*PARAMETERS["GET /v1/audit"]],
            )
        },
        "/v1/approvals/{id}/decision": {
            "post": _operation(
                "decideApproval",
                "Approve, reject or edit the call",
                _answers(200, "Approval", 400, 403, 404, 409, 413, 503),
                [_ID],
                body="DecisionRequest",
            )
        },
        "/v1/slack/interactions": {"post": _slack()},
        "/v1/budgets/{scope}": {
            "get": _operation("getBudget", "Limits and spend", _answers(200, "Budget", 403, 404), [_SCOPE]),
            "put": _operation(
                "setBudget",
                "Set limits (needs the claim `roles: admin`)",
                _answers(200, "Budget", 400, 403, 404, 409, 413),
                [_SCOPE],
                body="BudgetRequest",
            ),
        },
        "/v1/memory": {
            "get": _operation(
                "searchMemory",
                "What agents remember, newest first (needs the claim `roles: admin`)",
                _answers(200, "MemoryPage", 403),
                [*PARAMETERS["GET /v1/memory"]],
            )
        },
        "/v1/memory/{id}": {
            "get": _operation("getMemory", "One episode", _answers(200, "Memory", 403, 404), [_ID]),
            "delete": _operation("forgetMemory", "Forget it for good", _answers(200, "Forgotten", 403, 404), [_ID]),
        },
        "/v1/openapi.json": {
            "get": _operation("getOpenApi", "This document", {"200": _content("The document", {"type": "object"})})
        },
    }


def _operation(
    operation_id: str, summary: str, responses: Part, parameters: list[Part] | None = None, body: str | None = None
) -> Part:
    told = dict(sorted({**responses, **_problems(422)}.items()))  # no route takes a query parameter that it lacks
    operation: Part = {"operationId": operation_id, "summary": summary, "responses": told}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {MAX_BYTES:,} bytes of JSON.",
            "content": {"application/json": {"schema": _ref(body)}},
        }
    return operation


def _slack() -> Part:
    """The one route without an authorizer: Slack signs it instead."""
    form = {"type": "object", "required": ["payload"], "properties": {"payload": {"type": "string"}}}
    operation = _operation(
        "receiveSlackInteraction",
        "Slack's signed form post; the signature is the authorization",
        {
            "200": _content("What Slack shows, or nothing", {"type": "object"}),
            **_problems(400, 401, 413),
        },
        [
            _header("X-Slack-Request-Timestamp", "Seconds; at most 300 away from now.", required=True),
            _header("X-Slack-Signature", "v0=<HMAC-SHA256>", required=True),
        ],
    )
    body = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return operation | {"requestBody": body, "security": []}


def _answers(status: int, schema: str, *errors: int, headers: tuple[str, ...] = ()) -> Part:
    answer = _content(_STATUS[status], _ref(schema))
    if headers:
        answer["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
    return {str(status): answer, **_problems(*errors)}


def _problems(*statuses: int) -> Part:
    return {
        str(status): {"description": _STATUS[status], "content": {CONTENT_TYPE: {"schema": _ref("Problem")}}}
        for status in statuses
    }


def _content(description: str, schema: Part) -> Part:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Part:
    return {"$ref": f"#/components/schemas/{name}"}


def _path(name: str, text: str) -> Part:
    return {"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string"}}


def _header(name: str, text: str, *, required: bool = False) -> Part:
    schema: Part = {"type": "string"} if required else {"type": "string", "minLength": 1, "maxLength": KEY_CHARACTERS}
    return {"name": name, "in": "header", "required": required, "description": text, "schema": schema}


def _forms() -> Part:
    """The request bodies, from the very models that check them."""
    models: tuple[type[BaseModel], ...] = (StartRequest, DecisionRequest, BudgetRequest)
    found: Part = {}
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= schema.pop("$defs", {}) | {model.__name__: schema}
    return found


_STATUS = {
    200: "Done",
    202: "Accepted; look again later",
    400: "The body cannot be read",
    401: "The signature is missing, wrong or too old",
    403: "The caller is not in the table, or lacks the right",
    404: "No such thing, or another tenant's",
    409: "Not in a state that allows this; `detail` says why",
    413: f"The body is over {MAX_BYTES:,} bytes",
    422: "Not valid; `violations` lists each one with its JSON Pointer",
    503: "A service did not answer; send the same request again",
}
_ID = _path("id", "The id that the API gave")
_SCOPE = _path("scope", "`execution:<execution id>`, `agent:<name>` (per day) or `tenant:<id>` (per month)")


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
