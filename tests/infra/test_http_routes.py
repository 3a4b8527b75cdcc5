"""Which routes are deployed, behind which authorizer."""

import pytest

from infra.http_api import ROUTES, SIGNED_BY_SLACK
from tests.infra.assembly import Assembly

DESIGNED = {
    "POST /v1/executions", "GET /v1/executions", "GET /v1/executions/{id}", "GET /v1/executions/{id}/trace",
    "POST /v1/executions/{id}/stop", "POST /v1/executions/{id}/redrive", "GET /v1/approvals",
    "GET /v1/approvals/{id}", "GET /v1/approvals/{id}/audit", "GET /v1/audit", "POST /v1/approvals/{id}/decision",
    "GET /v1/budgets/{scope}", "PUT /v1/budgets/{scope}", "GET /v1/memory", "GET /v1/memory/{id}",
    "DELETE /v1/memory/{id}", "POST /v1/slack/interactions", "GET /v1/openapi.json",
}  # fmt: skip


def routes(assembly: Assembly) -> dict[str, str]:
    """Route -> kind of its authorizer."""
    return {
        route["RouteKey"]: route.get("AuthorizationType", "NONE") for route in assembly.of("AWS::ApiGatewayV2::Route")
    }


def test_deployed_routes_are_the_contracts_routes(dev: Assembly) -> None:
    """Nothing more is reachable, no catch-all among it."""
    assert set(routes(dev)) == DESIGNED


@pytest.mark.parametrize("assembly", ["dev", "local"])
def test_every_route_but_slacks_signed_one_asks_for_iam(assembly: str, request: pytest.FixtureRequest) -> None:
    """Callers sign with IAM unless the stage names a token issuer; Slack's callback is checked by its function."""
    found = routes(request.getfixturevalue(assembly))
    assert found.pop(SIGNED_BY_SLACK) == "NONE"
    assert set(found.values()) == {"AWS_IAM"}


def test_stage_with_a_token_issuer_asks_for_its_tokens(tokens: Assembly) -> None:
    """`authorizer: {issuer, audience}` in cdk.json turns every route but Slack's to JWT."""
    found = routes(tokens)
    assert found.pop(SIGNED_BY_SLACK) == "NONE"
    assert set(found.values()) == {"JWT"}
    [authorizer] = tokens.of("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["JwtConfiguration"] == {"Issuer": "https://login.example.com", "Audience": ["tollgate"]}


def test_every_route_leads_to_the_function_of_its_concern(dev: Assembly) -> None:
    """The table in infra/http_api.py is what is deployed."""
    resources = dev.root["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::ApiGatewayV2::Route":
            integration = resource["Properties"]["Target"]["Fn::Join"][1][1]["Ref"]
            function = resources[integration]["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]
            name = resources[function]["Properties"]["FunctionName"]
            assert resource["Properties"]["RouteKey"] in ROUTES[name.removeprefix("tollgate-dev-api-")]


def test_access_log_holds_neither_bodies_nor_callers(dev: Assembly) -> None:
    """Who called and what they said stays in the journal, under its redaction."""
    [stage] = dev.of("AWS::ApiGatewayV2::Stage")
    logged = stage["AccessLogSettings"]["Format"]
    assert "$context.status" in logged
    assert not [word for word in ("identity.user", "identity.caller", "authorizer", "body") if word in logged]
