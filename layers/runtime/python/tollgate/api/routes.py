"""Every route of the API as data. Tests hold the infrastructure and the OpenAPI document equal to it."""

from typing import Final

ROUTES: Final[dict[str, tuple[str, ...]]] = {
    "executions": (
        "POST /v1/executions",
        "GET /v1/executions",
        "GET /v1/executions/{id}",
        "GET /v1/executions/{id}/trace",
        "POST /v1/executions/{id}/stop",
        "POST /v1/executions/{id}/redrive",
    ),
    "approvals": (
        "GET /v1/approvals",
        "GET /v1/approvals/{id}",
        "GET /v1/approvals/{id}/audit",
        "GET /v1/audit",
    ),
    "gate": ("POST /v1/approvals/{id}/decision", "POST /v1/slack/interactions"),
    "budgets": ("GET /v1/budgets/{scope}", "PUT /v1/budgets/{scope}"),
    "memory": ("GET /v1/memory", "GET /v1/memory/{id}", "DELETE /v1/memory/{id}"),
    "openapi": ("GET /v1/openapi.json",),
}
"""Concern -> routes; a concern is a folder of `lambdas/api` and one function."""
