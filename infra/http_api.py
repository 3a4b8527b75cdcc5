"""The HTTP API: which function answers which route, and who may call it."""

import json
from collections.abc import Mapping

import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledgements import acknowledge
from infra.log_group import log_group
from infra.names import Names
from infra.settings import JwtIssuer

ROUTES: Mapping[str, tuple[str, ...]] = {
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
"""Concern -> routes. A concern is a folder of `lambdas/api` and one function."""

SIGNED_BY_SLACK = "POST /v1/slack/interactions"
"""The one route without an authorizer: its function checks Slack's signature before it reads anything."""

_LOGGED = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "length": "$context.responseLength",
    "latency": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class HttpApi(Construct):
    """All routes with their authorizer, throttled, with an access log that holds no body and no principal."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Names,
        functions: Mapping[str, lambda_.IFunction],
        jwt: JwtIssuer | None,
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self.api = apigw.HttpApi(self, "Api", api_name=f"{names.prefix}-api", create_default_stage=False)
        self._authorizer = _authorizer(jwt)
        for concern, routes in ROUTES.items():
            integration = integrations.HttpLambdaIntegration(concern.capitalize(), functions[concern])
            for route in routes:
                self._add(route, integration)
        self._serve(names, log_retention_days)

    def _add(self, route: str, integration: apigw.HttpRouteIntegration) -> None:
        method, path = route.split(" ")
        open_to_all = route == SIGNED_BY_SLACK
        added = self.api.add_routes(
            path=path,
            methods=[apigw.HttpMethod[method]],
            integration=integration,
            authorizer=apigw.HttpNoneAuthorizer() if open_to_all else self._authorizer,
        )
        if open_to_all:
            acknowledge(added[0], "AwsSolutions-APIG4", "Slack signs its calls; the function verifies the signature.")

    def _serve(self, names: Names, log_retention_days: int) -> None:
        name = f"/aws/apigateway/{names.prefix}-api"
        log = log_group(self, "AccessLog", name=name, retention_days=log_retention_days)
        self.api.add_stage(
            "Stage",
            stage_name="$default",
            auto_deploy=True,
            throttle=apigw.ThrottleSettings(rate_limit=50, burst_limit=100),
            access_log_settings=_AccessLog(log),
        )


@jsii.implements(apigw.IAccessLogSettings)
class _AccessLog:
    """Where a request's line goes, and what is in it."""

    def __init__(self, log: logs.ILogGroup) -> None:
        self._log = log

    @property
    def destination(self) -> apigw.IAccessLogDestination:
        return apigw.LogGroupLogDestination(self._log)

    @property
    def format(self) -> apigateway.AccessLogFormat:
        return apigateway.AccessLogFormat.custom(json.dumps(_LOGGED))


def _authorizer(jwt: JwtIssuer | None) -> apigw.IHttpRouteAuthorizer:
    if jwt is None:
        return authorizers.HttpIamAuthorizer()
    return authorizers.HttpJwtAuthorizer("Jwt", jwt.issuer, jwt_audience=list(jwt.audience))
